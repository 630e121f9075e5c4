from flask import Blueprint

bp = Blueprint("resumes", __name__)
