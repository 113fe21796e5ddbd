"""What doctor says of the ways to the outside, without the password of a proxy."""

from __future__ import annotations

from paperroute.doctor.proxies import examine_network


def told(environment: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {
        finding.part: (finding.state, f"{finding.detail} {finding.step}") for finding in examine_network(environment)
    }


def test_without_any_variable_nothing_is_between() -> None:
    assert told({})["proxy"] == ("ok", "none ")
    assert told({})["certificates"][0] == "ok"


def test_each_proxy_is_named_with_its_variable_and_what_goes_without() -> None:
    environment = {"https_proxy": "http://ada:s3cret@one.example:3128", "ALL_PROXY": "two.example"}
    state, line = told(environment | {"NO_PROXY": "localhost, .lab.example"})["proxy"]
    assert state == "ok"
    assert "http://one.example:3128 for https:// (https_proxy)" in line
    assert "http://two.example:80 for http:// (ALL_PROXY)" in line
    assert "none for localhost, .lab.example, mail" in line
    assert "s3cret" not in line


def test_what_cannot_be_used_fails_with_the_next_step() -> None:
    found = told({"ALL_PROXY": "socks5://127.0.0.1:1080", "CURL_CA_BUNDLE": "/nowhere/ca.pem"})
    assert found["proxy"][0] == found["certificates"][0] == "fail"
    assert "ALL_PROXY names a SOCKS proxy" in found["proxy"][1]
    assert "CURL_CA_BUNDLE names /nowhere/ca.pem" in found["certificates"][1]
    assert "PEM" in found["certificates"][1]
