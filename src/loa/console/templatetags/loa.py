"""How the console writes times, numbers and states."""

from django import template

register = template.Library()
