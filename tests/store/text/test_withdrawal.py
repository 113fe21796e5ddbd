"""Which sentences withdraw a paper: every notice in each of its moulds, and nothing that only holds the word."""

from itertools import product

import pytest

from store.text.withdrawal import read_status

PEBBLES = "We count pebbles by their shade. Nothing is faster."
DOCUMENTS = ("this paper", "the manuscript", "our submission", "this preprint", "the current version", "my article")
REASONS = (
    "",
    ".",
    " because Lemma 3 is wrong",
    " due to a missing consent",
    " for now",
    " until the data are repaired",
)
WISHES = (
    "We wish to withdraw {}",
    "We would like to withdraw {}",
    "I request the withdrawal of {}",
    "I am requesting the withdrawal of {}",
    "We have decided to withdraw {}",
    "The author has decided to withdraw {}",
    "The authors have withdrawn {}",
    "We hereby retract {}",
    "Table 2 is wrong, and we therefore withdraw {}",
    "We found a mistake, so we think it best to withdraw {}",
    "Please withdraw {}",
    "We ask for the retraction of {}",
)
STATES = (
    "{} has been withdrawn",
    "{} is withdrawn",
    "{} was withdrawn",
    "{} is being withdrawn",
    "{} will be withdrawn",
    "{} needs to be retracted",
    "{} must be withdrawn",
    "There are mistakes, therefore {} has to be retracted",
    "{} has been temporarily withdrawn",
    "12 pages, 3 figures; {} has now been withdrawn",
)


@pytest.mark.parametrize("words", [*WISHES, *STATES])
def test_every_way_to_say_it_withdraws_every_name_for_the_paper(words):
    for document, reason in product(DOCUMENTS, REASONS):
        comment = words.format(document) + reason
        comment = comment[0].upper() + comment[1:]
        status, note = read_status(comment, PEBBLES)
        assert status == "withdrawn", comment
        assert note
        assert note in comment


@pytest.mark.parametrize(
    "comment",
    [
        "Withdrawn",
        "WITHDRAWN.",
        "(withdrawn)",
        "Paper withdrawn",
        "[Article temporarily withdrawn]",
        "12 pages, withdrawn",
        "12 pages; paper withdrawn, see v1",
        "Withdrawn by the authors",
        "Withdrawn by the first author on 3 May 2024",
        "Withdrawn: the proof of Lemma 2 has a gap",
        "Withdrawn from arXiv",
        "Retracted by the authors",
        "Retracted due to a flaw in Section 4",
        "Withdraw due to missing consent of one author",
        "Withdrawal requested because two labels were swapped",
        "Notice of withdrawal.",
        "The labels were wrong and it needs to be withdrawn",
        "The labels are made up and must be withdrawn",
        "The labels are made up. It will be withdrawn.",
        "We therefore think it responsible to withdraw it for now",
        "After review, the authors decided to retract.",
        "We revise everything and request its withdrawal",
        "Has been withdrawn by the authors",
        "This work (v3) has been withdrawn",
        "We will upload a new version and want to withdraw the current version of the manuscript",
        "This paper has been removed by the authors",
        "This paper has been withdraw by the author",
        "To be withdrawn",
        "10 pages, to be withdrawn",
        "Paper to be withdrawn",
        "To be retracted.",
        "Paper is wrong and withdrawn",
        "The paper is incorrect and has been withdrawn",
        "This article contains serious errors and was retracted",
        "Paper wrong, withdrawn",
        "Superseded, withdrawn",
        "This article is no longer valid and has been withdrawn",
        "Retracted article",
        "Please withdraw",
        "Withdrawn in 2010",
        "We withdraw the paper entirely",
        "Withdrawn. A corrected version will appear",
        "This paper has been withdrawn; its error has since been corrected in arXiv:2401.99901",
        "This paper is withdrawn. The error will be corrected in v3",
    ],
)
def test_comments_that_withdraw_their_paper(comment):
    assert read_status(comment, PEBBLES)[0] == "withdrawn"


@pytest.mark.parametrize(
    "comment",
    [
        "This version has been removed by arXiv administrators over a licence problem",
        "arXiv admin note: This submission has been withdrawn by arXiv administrators as a name was added",
        "arXiv admin note: This version has been removed due to a copyright claim",
        "Removed by arXiv",
        "arXiv has removed this paper over its licence",
        "Withdrawn by arXiv admins",
        "Submission removed by the moderators.",
    ],
)
def test_comments_by_which_arxiv_removed_a_paper(comment):
    assert read_status(comment, PEBBLES) == ("removed", comment)


def test_what_an_author_asked_of_an_administrator_is_the_authors_doing():
    assert read_status("arXiv admin note: this paper has been withdrawn by its authors", "")[0] == "withdrawn"


@pytest.mark.parametrize(
    ("comment", "note"),
    [
        ("12 pages; v1 withdrawn by mistake, restored as v2", "v1 withdrawn by mistake, restored as v2"),
        ("This paper was withdrawn in error. It has been reinstated.", "This paper was withdrawn in error."),
        ("Withdrawn in May. Now restored with a corrected proof", "Now restored with a corrected proof"),
        ("The paper was mistakenly withdrawn; 9 pages", "The paper was mistakenly withdrawn"),
        ("The withdrawal has been reversed", "The withdrawal has been reversed"),
        ("This paper is no longer withdrawn", "This paper is no longer withdrawn"),
        ("Withdrawn in 2010. It has since been corrected", "It has since been corrected"),
        (
            "This paper was withdrawn; it has since been corrected and published",
            "it has since been corrected and published",
        ),
        ("Was withdrawn, now corrected", "Was withdrawn, now corrected"),
        ("The paper is withdrawn. It has been corrected in version 2", "It has been corrected in version 2"),
    ],
)
def test_a_paper_that_is_there_again(comment, note):
    assert read_status(comment, "This paper has been withdrawn.") == ("restored", note)


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "12 pages, 3 figures",
        "9 pages. We model cash that is withdrawn by customers",
        "How much cash must be withdrawn from a machine",
        "How troops were withdrawn",
        "Troops will be withdrawn, by the model of Section 2",
        "we withdraw the assumption of Section 2",
        "In this version we retract the claim in the paper's Section 3",
        "The claim of Lemma 2 has been withdrawn",
        "v1 withdrawn",
        "v2 was withdrawn because of a wrong figure; this is v3",
        "Version 1 was withdrawn",
        "An earlier version of this paper was withdrawn",
        "A previous version was withdrawn by the authors; corrected here",
        "The first version has been withdrawn",
        "This paper replaces the withdrawn arXiv:2401.99901",
        "Extends arXiv:2401.99901, which its authors withdrew",
        "arXiv admin note: text overlap with arXiv:2401.99901, which was withdrawn",
        "This paper has not been withdrawn",
        "We do not withdraw this paper",
        "We never decided to withdraw this paper",
        "Withdrawn from ICLR 2024",
        "This paper was withdrawn from ICLR 2024 and is under review elsewhere",
        "We withdrew the paper from a workshop",
        "Withdrawn ICLR submission, 12 pages",
        "Submitted to ICLR 2024 (withdrawn)",
        "The conference version was withdrawn",
        "Figure 4 removed, typos corrected",
        "Removed a section on pebbles",
        "In this version, the appendix has been removed",
        "The retraction of a manifold onto a graph, 9 pages",
        "Retracted landing gear, 12 pages",
        "Retraction-free optimisation. 12 pages",
        "We study why an article has been withdrawn",
        "On when the paper was withdrawn and by whom",
        "Superseded by arXiv:2401.99901",
        "We restored the figures of v1",
        "We withdraw the paper coating from the roll",
        "Money to be withdrawn; how cash is to be withdrawn",
        "To be withdrawn from a queue: how items leave",
        "The theorem of that paper is wrong and withdrawn",
        "Outliers were removed. The plot has since been corrected",
    ],
)
def test_comments_that_only_hold_the_word(comment):
    assert read_status(comment, PEBBLES) == ("live", "")


@pytest.mark.parametrize(
    ("before", "note", "after"),
    [
        ("", "This paper has been withdrawn by the author due to a gap.", ""),
        ("", "The paper was withdrawn because Theorem 1 is wrong.", PEBBLES),
        ("", "Withdrawn by the authors due to an error.", PEBBLES),
        (PEBBLES, "We have decided to withdraw this paper.", ""),
        (PEBBLES, "The manuscript has been withdrawn.", ""),
        (PEBBLES, "This manuscript has been withdrawn.", PEBBLES),
        ("", "Paper withdrawn.", ""),
        ("", "We would like to withdraw this article: it is not ready.", ""),
        ("", "We request the withdrawal of this preprint.", ""),
    ],
)
def test_abstracts_that_withdraw_their_paper(before, note, after):
    assert read_status("12 pages", f"{before} {note} {after}") == ("withdrawn", note)


@pytest.mark.parametrize(
    "abstract",
    [
        "Cash is withdrawn by customers. " + PEBBLES,
        "The troops were withdrawn. We ask why.",
        "We withdraw the assumption that pebbles are round.",
        "When the document is removed from the index, recall falls. " + PEBBLES,
        "We study why an article has been withdrawn or a drug was withdrawn.",
        "A famous study linked pebbles to luck. The paper was retracted in 2010. We count who still cites it.",
        "The drug of this report was withdrawn from the market.",
        "Authors may withdraw the paper before review. " + PEBBLES,
        "Visual tokens are not needed in deep layers. We withdraw them there.",
        "A user can withdraw it at any time. We show how.",
        "Withdrawn consent asks for unlearning. " + PEBBLES,
        "Retraction maps are cheap. We bound the error under assumptions on the retraction.",
        "How does the work of people withdrawn from a city change?",
        "Work withdrawn from a queue is lost.",
        "The report was withdrawn by the WHO. We model how its readers reacted.",
        "The paper was retracted by the journal in 2010. We follow its citations.",
        "We withdraw the paper coating from the roll and measure it.",
        "We withdraw the note cards from the deck. " + PEBBLES,
        "We retract the work piece. " + PEBBLES,
    ],
)
def test_abstracts_that_only_hold_the_word(abstract):
    assert read_status("", abstract) == ("live", "")


def test_a_paper_whose_abstract_says_that_it_was_corrected_is_there_again():
    abstract = "The paper was withdrawn in 2010. It has since been corrected."
    assert read_status("", abstract) == ("restored", "It has since been corrected.")


def test_what_supersedes_a_paper_did_not_remove_it():
    for comment in (
        "Withdrawn: superseded by arXiv:2401.99901",
        "This paper has been withdrawn, replaced by arXiv 2401.99901",
    ):
        assert read_status(comment, PEBBLES) == ("withdrawn", comment)


def test_an_error_may_be_named_first():
    comment = "Lemma 4 is wrong and hence withdrawn"
    assert read_status(comment, PEBBLES) == ("withdrawn", comment)


def test_a_notice_in_the_comment_comes_before_one_in_the_abstract():
    assert read_status("Removed by arXiv", "This paper has been withdrawn.") == ("removed", "Removed by arXiv")


@pytest.mark.parametrize(
    "text",
    [
        "this paper " * 2000,
        "we " * 5000 + "withdraw",
        "(" * 5000 + "withdrawn",
        "a; " * 5000,
        "paper " * 3000 + "wrong withdrawn",
    ],
)
def test_long_texts_take_no_longer_than_their_length(text):
    assert read_status(text, text)[0] in {"live", "withdrawn"}
