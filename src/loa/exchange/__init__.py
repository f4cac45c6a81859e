"""The adapter to the official exchange between the centre's and the provinces' source systems.

The guidance names the records and their directions; its annexes with fields and codes were not to
be had (docs/exchange/README.md). So three things are kept apart: what a record says (`records`,
neutral and ours), how an edition calls it (`profiles`, a file each: element names, keys, codes, so
that the official annex is one file more), and how it is written (`rendering`: XML and JSON, both
parsed within bounds). How our own nodes talk to each other is another thing: `loa.federation`.
"""
