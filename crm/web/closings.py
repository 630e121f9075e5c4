from flask import Blueprint

bp = Blueprint("closings", __name__)
