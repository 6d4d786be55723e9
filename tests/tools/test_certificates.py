from __future__ import annotations

import ssl

import pytest

from tools.certificates import trusted_authorities


@pytest.mark.parametrize("by_environment", [True, False])
def test_certificates_and_names_are_checked_and_the_authorities_read_once(
    by_environment: bool,
) -> None:
    found = trusted_authorities(by_environment=by_environment)

    assert (found.verify_mode, found.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert trusted_authorities(by_environment=by_environment) is found


def test_who_does_not_trust_the_environment_trusts_the_known_authorities() -> None:
    named, known = (trusted_authorities(by_environment=one) for one in (True, False))

    assert named is not known
    assert len(known.get_ca_certs()) > 50
