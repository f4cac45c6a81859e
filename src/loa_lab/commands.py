"""The commands that this package adds to `loa`, by the entry point `loa.commands`."""

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("loa_lab.demo.command", "set up and run a node with a demo commune and three players"),
    "tour": ("loa_lab.tour.command", "the main job without a browser, with evidence"),
    "drill": (
        "loa_lab.drill.command",
        "an urgent order on 500 simulated loudspeakers, with evidence",
    ),
    "nation": ("loa_lab.nation", "a centre and three provinces on one machine, with evidence"),
    "seed-country": ("loa_lab.country.command", "a made-up country, to time the pages"),
}
