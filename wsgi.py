"""For any WSGI server: `gunicorn wsgi:app`, with `python3 -m crm worker` beside it."""

from crm import create_app

app = create_app()
