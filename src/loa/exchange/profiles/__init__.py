"""The editions that are known, oldest first."""

from loa.exchange.profile import Profile
from loa.exchange.profiles.proposal_1 import PROPOSAL_1

PROFILES: tuple[Profile, ...] = (PROPOSAL_1,)
BY_NAME = {profile.name: profile for profile in PROFILES}
DEFAULT = PROPOSAL_1
