"""Static files under names with their content's hash, also where one script imports another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped base
    """Rewrites `import ... from "./x.js"` to the hashed name too."""

    support_js_module_import_aggregation = True
    manifest_strict = False
