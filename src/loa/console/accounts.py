"""allauth's door: nobody registers by themselves; accounts are made by an administrator."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-in, lock-out and password policy stay allauth's; signing up is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
