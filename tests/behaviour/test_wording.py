import pytest

from empatune.behaviour.wording import counted, first_of, in_a_row, sentence


@pytest.mark.parametrize(
    ("n", "words", "said"),
    [
        (1, ("trial",), "1 trial"),
        (0, ("trial",), "0 trials"),
        (2848, ("trial",), "2 848 trials"),
        (1, ("person", "people"), "1 person"),
        (3, ("person", "people"), "3 people"),
    ],
)
def test_numbers_agree_with_their_nouns(n, words, said):
    assert counted(n, *words) == said


def test_names_stand_in_a_row_and_many_are_cut():
    assert in_a_row(["a"]) == "a"
    assert in_a_row(["a", "b", "c"]) == "a, b and c"
    assert first_of(["a", "b"]) == "a, b"
    assert first_of(list("abcd"), 3) == "a, b, c and 1 more"
    assert sentence("what p of RT is") == "What p of RT is"
