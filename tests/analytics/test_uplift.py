"""The holdout is drawn fairly and stays; an effect is told when it is there, and not when it is not."""

import numpy as np
import pytest
from scipy.stats import norm

from analytics import uplift

TIERS = np.array(["a"] * 30 + ["b"] * 50 + ["c"] * 120)


def drawn(seed=1, ids=None, strata=TIERS, **kwargs):
    return uplift.draw(list(range(200) if ids is None else ids), strata, 0.2, seed, **kwargs)


class TestDraw:
    def test_the_same_seed_gives_the_same_groups(self):
        assert (drawn(1, drawn={}) == drawn(1, drawn={})).all()
        assert (drawn(1) == drawn(1)).all()
        assert (drawn(1) != drawn(2)).any()
        # written down: an update of numpy or another machine must not draw anew
        assert np.flatnonzero(drawn("programme/7"))[:5].tolist() == [7, 15, 24, 30, 39]

    def test_each_stratum_gives_its_share(self):
        flags = drawn(drawn={})
        assert [int(flags[tier == TIERS].sum()) for tier in "abc"] == [6, 10, 24]

    def test_who_was_drawn_keeps_the_group_when_others_join(self):
        first = drawn(ids=range(100), strata=TIERS[:100], drawn={})
        later = drawn(drawn=dict(zip(range(100), first.tolist(), strict=True)))
        assert (later[:100] == first).all()
        assert later[100:].sum() == 20

    def test_without_memory_the_group_hangs_on_the_id_alone(self):
        everybody = drawn(ids=range(5000), strata=np.zeros(5000))
        some = drawn(ids=range(4999, 0, -7), strata=np.ones(715))
        assert (everybody[4999:0:-7] == some).all()
        assert everybody.mean() == pytest.approx(0.2, abs=0.02)

    def test_small_strata_are_held_out_with_the_same_probability(self):
        """Two accounts of a stratum: one in five on average, not none because 0.4 is less than one."""
        flags = [drawn(seed, ids=range(2), strata=["a", "a"], drawn={}) for seed in range(2000)]
        assert np.mean(flags, axis=0) == pytest.approx([0.2, 0.2], abs=0.03)

    def test_groups_of_two_seeds_have_nothing_to_do_with_each_other(self):
        one, other = (drawn(seed, ids=range(20000), strata=np.zeros(20000)) for seed in (1, 2))
        assert np.corrcoef(one, other)[0, 1] == pytest.approx(0, abs=0.03)

    def test_nobody_and_a_missing_tier(self):
        assert uplift.draw([], [], 0.2, 1, drawn={}).tolist() == []
        assert len(uplift.draw([1, 2], ["a", False], 0.5, 1, drawn={})) == 2


def groups(treated, control):
    return np.array([False] * treated + [True] * control)


def kept(treated, of_treated, control, of_control):
    values = np.zeros(of_treated + of_control)
    values[:treated] = 1
    values[of_treated : of_treated + control] = 1
    return values, groups(of_treated, of_control)


class TestProportion:
    def test_it_is_newcombes_interval_in_one_stratum(self):
        """The example of Newcombe 1998, table II (a): 56/70 against 48/80."""
        found = uplift.proportion_effect(*kept(56, 70, 48, 80))
        assert (found.treated, found.control) == (70, 80)
        assert found.difference == pytest.approx(0.2)
        assert (found.low, found.high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))
        assert found.verdict == uplift.MORE

    def test_fewer_kept_is_told(self):
        assert uplift.proportion_effect(*kept(48, 80, 56, 70)).verdict == uplift.LESS

    def test_a_wide_interval_around_zero_is_too_few_to_tell(self):
        found = uplift.proportion_effect(*kept(61, 80, 30, 40))
        assert found.low < 0 < found.high
        assert found.verdict == uplift.TOO_FEW

    def test_a_narrow_interval_around_zero_is_no_difference(self):
        assert uplift.proportion_effect(*kept(7600, 8000, 1900, 2000)).verdict == uplift.NO_DIFFERENCE

    def test_groups_too_small_have_no_interval(self):
        found = uplift.proportion_effect(*kept(100, 100, 0, uplift.LEAST_IN_GROUP - 1))
        assert (found.verdict, found.difference, found.low, found.high) == (uplift.TOO_FEW, None, None, None)
        assert found.treated_value == 1.0

    def test_before_the_end_nothing_is_told(self):
        found = uplift.proportion_effect(*kept(800, 800, 0, 200), ended=False)
        assert (found.verdict, found.difference, found.treated_value) == (uplift.RUNNING, None, 0.0)

    def test_strata_of_different_loyalty_narrow_the_interval(self):
        random = np.random.default_rng(2)
        strata = random.integers(0, 2, 4000)
        holdout = uplift.draw(range(4000), strata, 0.2, 1, drawn={})
        values = random.random(4000) < np.where(strata, 0.95, 0.3)
        plain, stratified = uplift.proportion_effect(values, holdout), uplift.proportion_effect(values, holdout, strata)
        assert stratified.high - stratified.low < 0.8 * (plain.high - plain.low)

    def test_a_stratum_without_holdout_is_judged_with_the_others(self):
        values, holdout = kept(56, 70, 48, 80)
        strata = ["rare"] + ["usual"] * 149
        assert uplift.proportion_effect(values, holdout, strata) == uplift.proportion_effect(values, holdout)

    def test_nothing_in_it_for_nobody(self):
        assert uplift.proportion_effect([], []).verdict == uplift.TOO_FEW


class TestMean:
    def sample(self, effect, n=3000, seed=3):
        random = np.random.default_rng(seed)
        before = random.lognormal(7, 1, n)
        holdout = uplift.draw(range(n), np.zeros(n), 0.2, seed, drawn={})
        return before * random.lognormal(0, 0.3, n) + effect * ~holdout, holdout, before

    def test_an_effect_is_found_within_its_interval(self):
        amount, holdout, before = self.sample(200)
        found = uplift.mean_effect(amount, holdout, before=before)
        assert found.verdict == uplift.MORE
        assert found.low < 200 < found.high

    def test_no_effect_is_not_claimed(self):
        amount, holdout, before = self.sample(0)
        found = uplift.mean_effect(amount, holdout, before=before)
        assert found.low < 0 < found.high

    def test_the_revenue_before_narrows_the_interval(self):
        amount, holdout, before = self.sample(200)
        plain, adjusted = uplift.mean_effect(amount, holdout), uplift.mean_effect(amount, holdout, before=before)
        assert adjusted.high - adjusted.low < 0.5 * (plain.high - plain.low)

    def test_without_skewness_it_is_welchs_interval(self):
        values = np.concatenate([norm.ppf((np.arange(100) + 0.5) / 100) + 1, norm.ppf((np.arange(50) + 0.5) / 50)])
        found = uplift.mean_effect(values, groups(100, 50))
        spread = np.sqrt(values[:100].var(ddof=1) / 100 + values[100:].var(ddof=1) / 50)
        assert found.difference == pytest.approx(1)
        assert found.high - found.low == pytest.approx(2 * 1.985 * spread, rel=0.01)

    def test_nobody_bought_anything(self):
        found = uplift.mean_effect(np.zeros(100), groups(50, 50), before=np.zeros(100))
        assert (found.low, found.high, found.verdict) == (0, 0, uplift.NO_DIFFERENCE)

    def test_before_the_end_nothing_is_told(self):
        amount, holdout, before = self.sample(2000)
        assert uplift.mean_effect(amount, holdout, before=before, ended=False).verdict == uplift.RUNNING
