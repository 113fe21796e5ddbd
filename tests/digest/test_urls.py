"""Which addresses everybody could follow."""

import pytest

from digest.urls import is_public


@pytest.mark.parametrize(
    "url",
    ["https://papers.example.org", "https://papers.example.org:8443/x", "https://8.8.8.8", "https://[2606:4700::1]"],
)
def test_https_and_a_host_of_the_internet(url):
    assert is_public(url)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "http://papers.example.org",
            "https://localhost:8080",
            "https://papers",
            "https://papers.lan",
            "https://",
        ),
        *("https://10.0.0.7", "https://127.0.0.1", "https://[::1]", "https://papers.internal", "https://a.home.arpa."),
        *("https://[::1", "ftp://papers.example.org", "https://192.168.1.4:8080/x"),
    ],
)
def test_what_some_cannot_reach(url):
    assert not is_public(url)
