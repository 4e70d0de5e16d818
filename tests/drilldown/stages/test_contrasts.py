"""What a change brought, what size buys, what choosing costs: triggered, and not."""

from tests.drilldown.stages.making import trained
from tinydrill.drilldown.stages import contrasts
from tinydrill.drilldown.stages.trained import Trained


def ends(*errors: int, **more: object) -> Trained:
    """Runs that end with so many errors."""
    return trained(*([200, 100, count] for count in errors), **more)  # type: ignore[arg-type]


BASE = ends(70, 75, 72)
TURNED = {"rotate": 7}
MUCH = ends(50, 52, 49, changes=TURNED)
LITTLE = ends(68, 76, 71, changes=TURNED)


def test_a_gain_beyond_the_noise_is_told_with_its_interval() -> None:
    sentence = contrasts.gains(BASE, MUCH)
    assert sentence is not None
    assert "rotate 0 → 7 on slim9 brought +0.220 points (99.277 → 99.497 %" in sentence
    assert "3 and 3 seeds" in sentence
    assert contrasts.gains(BASE, LITTLE) is None


def test_a_gain_within_the_noise_says_how_many_seeds_would_tell() -> None:
    sentence = contrasts.gains_nothing(BASE, LITTLE)
    assert sentence is not None
    assert "can't be told from the noise of seeds (95 % interval" in sentence
    assert "seeds on each side to show" in sentence
    assert contrasts.gains_nothing(BASE, MUCH) is None


def test_a_loss_beyond_the_noise_is_told_too() -> None:
    assert "brought -0.220 points" in str(contrasts.gains(MUCH, BASE))


def test_a_single_seed_says_nothing() -> None:
    sentence = contrasts.gains_nothing(ends(70), ends(50, changes=TURNED))
    assert "with a single seed on a side nobody can say" in str(sentence)


def test_ten_seeds_say_what_would_have_shown() -> None:
    ten = [70, 72, 68, 71, 69, 73, 67, 70, 71, 69]
    sentence = contrasts.gains_nothing(ends(*ten), ends(*reversed(ten), changes=TURNED))
    assert "so the true effect is hardly more than 0.017 points" in str(sentence)


def test_no_difference_at_all_asks_for_no_seeds() -> None:
    sentence = contrasts.gains_nothing(BASE, ends(72, 70, 75, changes=TURNED))
    assert str(sentence).endswith("+0.057)")


def test_a_net_is_compared_with_itself() -> None:
    other = ends(90, net="fold9")
    assert contrasts.counterparts((other, BASE), (MUCH,)) == ((BASE, MUCH),)


def test_stages_without_a_common_net_compare_their_best() -> None:
    worse, own = ends(90, net="fold9"), ends(40, net="fold32", recipe="best")
    pairs = contrasts.counterparts((worse, BASE), (own,))
    assert pairs == ((BASE, own),)
    assert "fold32, best, against slim9, seed," in str(contrasts.gains_nothing(*pairs[0]))


def test_the_first_stage_is_compared_with_nothing() -> None:
    assert contrasts.counterparts((), (BASE,)) == ()


SMALL = ends(90, 92, parameters=5_000, macs=2_000_000)
LARGE = ends(60, 62, net="fold32", parameters=15_000, macs=900_000)
LARGEST = ends(80, 80, net="net8", parameters=19_310, macs=4_700_000)


def test_accuracy_is_weighed_against_parameters() -> None:
    assert contrasts.per_parameter([LARGEST, SMALL, LARGE]) == (
        "For their size: slim9 leaves 91.0 errors with 5,000 parameters; fold32 30.0 fewer for "
        "10,000 more, 3 avoided per 1,000; net8 (80.0 errors): no better than a smaller one"
    )


def test_accuracy_is_weighed_against_arithmetic() -> None:
    assert contrasts.per_mac([LARGEST, SMALL, LARGE]) == (
        "For their arithmetic: fold32 leaves 61.0 errors with 900,000 MACs an image; slim9 (91.0 "
        "errors), net8 (80.0 errors): no better than a cheaper one"
    )


def test_a_difference_within_the_noise_is_marked_as_such() -> None:
    noisy = ends(60, 95, net="fold32", parameters=15_000)
    told = contrasts.per_parameter([SMALL, noisy])
    assert str(told).endswith("per 1,000 (which may be noise of seeds)")


def test_changes_made_together_share_the_credit() -> None:
    both = ends(50, 52, 49, changes={"rotate": 7, "lr": 0.02})
    assert str(contrasts.gains(BASE, both)).endswith(
        "; 2 fields of the recipe changed together, so none alone can be credited"
    )
    assert "credited" not in str(contrasts.gains(BASE, MUCH))


def test_one_net_is_weighed_against_nothing() -> None:
    assert contrasts.per_parameter([BASE, MUCH]) is None
    assert contrasts.per_mac([BASE, MUCH]) is None


def test_choosing_by_the_test_images_is_said_to_flatter() -> None:
    sentence = contrasts.choosing_flatters([BASE, ends(71, 74, 70, net="fold9")], 1)
    assert sentence is not None
    assert "goes on with 1 of 2, chosen by the test images" in sentence
    # sd of 2.5 and 2.1 errors, three seeds, the higher of two: 0.564 · 0.0232 / √3
    assert "0.008 points above their mean" in sentence


def test_no_choice_flatters_nobody() -> None:
    both = [BASE, ends(71, 74, 70, net="fold9")]
    assert contrasts.choosing_flatters(both, 2) is None


def test_a_choice_by_held_out_images_leaves_the_test_images_alone() -> None:
    held = [ends(70, 75, rule="held-out"), ends(71, 74, net="fold9", rule="held-out")]
    assert contrasts.choosing_flatters(held, 1) is None


def test_single_seeds_show_no_spread_to_flatter_with() -> None:
    assert contrasts.choosing_flatters([ends(70), ends(71, net="fold9")], 1) is None
