"""The API against its own OpenAPI document: schemathesis asks what the document allows, and what it
does not; no answer may be a 5xx or other than the document says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from cetm_geo.dashboard import create_app

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
failures = pytest.importorskip("schemathesis.core.failures")

EXAMPLES = 12  # of what is allowed and of what is not, an operation
# Not asked: whether all that a document allows is accepted. A filter, a box and a polygon are texts
# and rings to it, of which it cannot say what they mean.
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_headers_conformance", "response_schema_conformance",
          "negative_data_rejection", "unsupported_method", "allow_header_conformance")  # fmt: skip


@pytest.fixture(scope="module")
def schema(sample_store: Path) -> Any:
    return schemathesis.openapi.from_wsgi("/api/openapi.json", create_app(sample_store).server)


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_no_answer_is_a_5xx_or_other_than_the_document_says(schema: Any, mode: str) -> None:
    checks = [getattr(schemathesis.checks, name) for name in CHECKS]
    asked, wrong = 0, []
    for found in schema.get_all_operations():
        operation = found.ok()
        try:
            cases = operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode))
        except schemathesis.errors.SchemathesisError:
            continue

        @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
                  phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=cases)
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            # The transport of WSGI does not unpack what comes in gzip.
            case.call_and_validate(checks=checks, headers={"Accept-Encoding": "identity"})

        try:
            ask()
        except Unsatisfiable:
            continue
        except (AssertionError, failures.FailureGroup) as error:
            wrong.append(f"{operation.label}: {error!s}"[:1500])
    assert wrong == []
    assert asked > 100
