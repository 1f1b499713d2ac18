"""`flask cors explain`: whether a browser lets a page make a request, and why not."""
