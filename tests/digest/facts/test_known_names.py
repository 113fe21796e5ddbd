"""Methods and data sets that an abstract names."""

from importlib import resources

import pytest

from digest.facts.known_names import find_names
from store.records.paper_facts import PaperRole
from tests.factories.store import paper


def names(abstract: str, title: str = "Bees", role: PaperRole = "method") -> tuple[tuple[str, ...], tuple[str, ...]]:
    return find_names(paper("2401.00001", title=title, abstract=abstract), role)


def test_known_names_are_told_in_one_way() -> None:
    told = "We use Low-Rank Adaptation and LoRAs with chain-of-thought, GANs and Whisper on CIFAR-10 and LibriSpeech."
    assert names(told) == (("LoRA", "CoT", "GAN", "Whisper"), ("CIFAR-10", "LibriSpeech"))


def test_a_longer_name_is_not_cut() -> None:
    assert names("Trained on SWE-bench Verified and ImageNet-1K.")[1] == ("SWE-bench Verified", "ImageNet-1K")
    assert names("We whisper, and are adamant.") == ((), ())


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("Results on the Hive-5 dataset.", ("Hive-5",)),
        ("Results on the HiveQA, Comb-2 and Queen benchmarks.", ("HiveQA", "Comb-2", "Queen")),
        ("Results on the Wall Street Journal corpus.", ("Wall Street Journal",)),
        ("Existing datasets are small. Chinese datasets are few. RAG benchmarks, too.", ()),
        ("We study visual bee finding (VBF) on VBF benchmarks.", ()),
        ("On Norwegian datasets.", ()),
    ],
)
def test_data_sets_are_what_stands_before_the_noun(told: str, found: tuple[str, ...]) -> None:
    assert names(told)[1] == found


def test_short_forms_of_methods_count_and_those_of_tasks_do_not() -> None:
    assert names("We train a latent swarm network (LSN) for automatic bee recognition (ABR).")[0] == ("LSN",)
    assert names("Large language models (LLMs) are used.")[0] == ()


def test_its_own_name_comes_first_and_with_its_kind() -> None:
    assert names("We tune with LoRA.", "HiveNet: Counting Bees")[0] == ("HiveNet", "LoRA")
    assert names("Questions.", "HiveQA: Counting Bees", "benchmark") == ((), ("HiveQA",))
    assert names("Bees.", "Honey: Counting Bees")[0] == ()


def test_at_most_six_of_a_kind() -> None:
    assert len(names("MNIST, SVHN, CIFAR-10, CIFAR-100, CelebA, FFHQ, KITTI, COCO.")[1]) == 6


@pytest.mark.parametrize("name_list", ["method_names.txt", "dataset_names.txt"])
def test_no_name_is_listed_twice(name_list: str) -> None:
    lines = resources.files("digest.facts").joinpath(name_list).read_text(encoding="utf-8").splitlines()
    listed = [entry.strip() for line in lines if not line.startswith("#") for entry in line.split(",")]
    assert all(listed)
    assert sorted(listed) == sorted(set(listed))
