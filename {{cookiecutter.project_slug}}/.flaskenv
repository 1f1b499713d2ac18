# Read by the flask command; in git. What differs from machine to machine stands in .env.
FLASK_APP=wsgi
FLASK_RUN_PORT=8000
