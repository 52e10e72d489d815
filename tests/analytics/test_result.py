"""What a change of salesperson did: told when it is there, not told when there are too few, covered as promised."""

import numpy as np
import pytest

from analytics import result
from analytics.result import Line


def lines(base, after, ratio=1.0, variance=0.0, cell="a"):
    return [Line(b, a, ratio, variance, cell) for b, a in zip(base, after, strict=True)]


def company(seed, size, effect=0.0, growth=1.1):
    """Accounts of skewed size that grow by chance, some leave; those that changed hands have an effect."""
    random = np.random.default_rng(seed)
    base = random.lognormal(8, 1, size)
    after = base * growth * random.lognormal(-0.125, 0.5, size) * (random.random(size) > 0.1) / 0.9
    return base, after * (1 + effect)


def ratio(base, after):
    """Ratio of the comparable accounts, and its variance (Cochran, Sampling Techniques, 1977, chapter 6)."""
    found = after.sum() / base.sum()
    return found, ((after - found * base) ** 2).sum() / base.sum() ** 2 * len(base) / (len(base) - 1)


class TestKind:
    @pytest.mark.parametrize(
        ("is_backup", "months", "fit", "kind"),
        [
            (True, 3, 0.9, "backup"),
            (False, 3, 0.9, "new"),
            (False, 11.9, None, "new"),
            (False, 12, 0.5, "similar"),
            (False, 40, 0.49, "other"),
            (False, 40, None, "other"),
        ],
    )
    def test_the_first_that_fits(self, is_backup, months, fit, kind):
        assert result.kind_of(is_backup, months, fit) == kind


class TestCompare:
    def test_expected_is_the_year_before_times_what_the_others_did(self):
        found = result.compare(lines([100.0] * 40, [90.0] * 40, ratio=1.2))
        assert (found.accounts, found.after, found.expected) == (40, pytest.approx(3600), pytest.approx(4800))
        assert found.share == pytest.approx(-0.25)
        assert found.verdict == "less"

    def test_fewer_than_thirty_are_too_few(self):
        found = result.compare(lines([100.0] * 29, [10.0] * 29))
        assert (found.verdict, found.share, found.low) == ("too_few", None, None)
        assert (found.after, found.expected) == (pytest.approx(290), pytest.approx(2900))

    def test_no_lines(self):
        assert result.compare([]).verdict == "too_few"

    def test_one_account_that_is_everything_has_no_interval(self):
        found = result.compare(lines([1000.0] + [0.0] * 40, [900.0] + [0.0] * 40))
        assert (found.verdict, found.low) == ("too_few", None)

    def test_no_difference_that_matters(self):
        random = np.random.default_rng(1)
        base = random.lognormal(8, 0.2, 300)
        found = result.compare(lines(base, base * random.lognormal(0, 0.05, 300)))
        assert found.verdict == "no_difference"

    def test_wide_intervals_are_too_few_to_tell(self):
        base, after = company(2, 40)
        found = result.compare(lines(base, after, ratio=1.1))
        assert found.low < 0 < found.high
        assert found.verdict == "too_few"

    def test_doubt_about_the_others_widens_the_interval_and_is_shared_within_a_cell(self):
        base, after = company(3, 60)

        def width(variance, cells):
            rows = [Line(b, a, 1.1, variance, n % cells) for n, (b, a) in enumerate(zip(base, after, strict=True))]
            found = result.compare(rows)
            return found.high - found.low

        assert width(0, 1) < width(0.01, 60) < width(0.01, 1)

    @pytest.mark.parametrize("size", [30, 60, 200])
    def test_the_interval_covers_the_truth(self, size):
        """No effect at all, skewed revenue: at least 92 of 100 intervals hold zero (95 nominal)."""
        covered = 0
        for seed in range(400):
            others = ratio(*company(10_000 + seed, 300))
            found = result.compare(lines(*company(seed, size), *others))
            covered += found.low <= 0 <= found.high
        assert covered / 400 >= 0.92

    def test_a_loss_of_a_third_is_found(self):
        found = result.compare(lines(*company(7, 150, effect=-1 / 3), *ratio(*company(10_001, 300))))
        assert found.verdict == "less"
        assert found.low < -1 / 3 < found.high
