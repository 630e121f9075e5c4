"""The sample workspace: invented people, told relative to the day it is made. Resumes are in crm.demo.resumes."""

from datetime import date

from crm.demo import people
from crm.demo.shape import Story, told


def story(today: date) -> Story:
    return told(people.story(), today)
