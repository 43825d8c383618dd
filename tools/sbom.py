"""What comes with the program as CycloneDX 1.6: `python -m tools.sbom` or `make sbom`.

Equal installations give equal bytes: there is no time and no random number in it. A package's
hashes are those of all files of its version that the lock lets in, of which one is installed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from cetm_geo.version import VERSION
from tools import parts
from tools.parts import Part

SCHEMA = SchemaVersion.V1_6
ALGORITHMS = {"sha256": HashAlgorithm.SHA_256, "sha512": HashAlgorithm.SHA_512}


def text_of(listed: Sequence[Part]) -> str:
    """The document that says what the program holds and needs."""
    program = Component(
        name=parts.PROGRAM,
        version=VERSION,
        type=ComponentType.APPLICATION,
        bom_ref=parts.PROGRAM,
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
    )
    components = {(part.kind, part.name): _component(part) for part in listed}
    bom = Bom(components=components.values())
    bom.metadata.component = program
    bom.register_dependency(program, [components[key] for key in parts.named_by_program()])
    for part in listed:
        needs = [components[part.kind, name] for name in part.needs]
        bom.register_dependency(components[part.kind, part.name], needs)
    document = json.loads(make_outputter(bom, OutputFormat.JSON, SCHEMA).output_as_string())
    # The library gives each document a number and a time; neither is asked for by the schema.
    del document["serialNumber"], document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _component(part: Part) -> Component:
    group, _, name = part.name.rpartition("/")
    purl = PackageURL(part.kind, group or None, name, part.version)
    return Component(
        name=name,
        group=group or None,
        version=part.version,
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
        licenses=[LicenseFactory().make_from_string(part.licence)] if part.licence else [],
        hashes=[HashType(alg=ALGORITHMS[name], content=digest) for name, digest in part.hashes],
    )


def main() -> None:
    """Write the file that --out names."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    asked.add_argument("--out", type=Path, default=Path("dist/cetm-geo.cdx.json"))
    out: Path = asked.parse_args().out
    listed = [*parts.python_parts(), *parts.browser_parts()]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text_of(listed), encoding="utf-8")
    print(f"{out}: {len(listed)} components")


if __name__ == "__main__":
    main()
