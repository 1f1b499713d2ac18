"""`flask cors explain`: would a browser let a page make a request, and read the answer.

The verdict is the browser's: `address`, `safelist`, `judge` and `browser` are written from the
Fetch standard and share no code with the policy, so that the two cannot share a mistake.
"""
