"""All mutations, section by section of the page."""

from tools.mutations import forms, orders, rights, sounds

MUTATIONS = (*forms.MUTATIONS, *rights.MUTATIONS, *orders.MUTATIONS, *sounds.MUTATIONS)
