//! Round axis ends and the slots that get a label.

/// An axis from zero to a round number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Where it ends.
    pub top: f64,
    /// From one tick to the next.
    pub step: f64,
}

const TICKS_MAX: u32 = 12;

impl Scale {
    /// The ticks from zero to the top.
    pub fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        (0..=TICKS_MAX)
            .map(|tick| f64::from(tick) * self.step)
            .take_while(|tick| *tick <= self.top * 1.000_001)
    }
}

/// A scale that holds `max` with about `wanted` steps (2 to 10), each 1, 2, 4 or 5 times a power of ten and
/// at least 1. What is no number, or not positive, gives a scale to 1.
pub fn nice_scale(max: f64, wanted: u32) -> Scale {
    if !max.is_finite() || max <= 0.0 {
        return Scale { top: 1.0, step: 1.0 };
    }
    let max = max.min(super::VALUE_MAX);
    let raw = (max / f64::from(wanted.clamp(2, 10))).max(1.0);
    let power = 10_f64.powf(raw.log10().floor());
    // Rounding in the logarithm may leave the factor a hair under 1 or over 10; both ends are covered.
    let factor = [1.0, 2.0, 4.0, 5.0, 10.0].into_iter().find(|factor| raw <= factor * power * 1.000_001);
    let step = factor.unwrap_or(20.0) * power;
    Scale { top: (max / step * 0.999_999).ceil().max(1.0) * step, step }
}

/// Which of `count` slots get a label: the first, the last and evenly some between, about `wanted`.
pub fn tick_slots(count: usize, wanted: usize) -> Vec<usize> {
    const STEPS: [usize; 14] = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1_440];
    let Some(last) = count.checked_sub(1) else { return Vec::new() };
    let room = wanted.max(2) - 1;
    let step = STEPS.into_iter().find(|step| last / step <= room).unwrap_or(last.div_ceil(room).max(1));
    let mut slots: Vec<usize> = (0..=last).step_by(step).collect();
    if slots.last() != Some(&last) {
        // The last slot is the present and always labelled; a label too close to it gives way.
        if slots.len() > 1 && slots.last().is_some_and(|slot| (last - slot) * 2 < step) {
            slots.pop();
        }
        slots.push(last);
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scales_are_round() {
        for (max, wanted, top, step) in [
            (1_150.0, 4, 1_200.0, 400.0),
            (184.0, 4, 200.0, 50.0),
            (110.0, 4, 120.0, 40.0),
            (100.0, 4, 120.0, 40.0),
            (3.0, 4, 3.0, 1.0),
            (0.4, 4, 1.0, 1.0),
            (1_000.0, 5, 1_000.0, 200.0),
        ] {
            assert_eq!(nice_scale(max, wanted), Scale { top, step }, "{max}");
        }
        for none in [0.0, -5.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(nice_scale(none, 4), Scale { top: 1.0, step: 1.0 });
        }
    }

    #[test]
    fn labels_are_few_and_name_both_ends() {
        assert_eq!(tick_slots(0, 5), Vec::<usize>::new());
        assert_eq!(tick_slots(1, 5), [0]);
        assert_eq!(tick_slots(2, 5), [0, 1]);
        assert_eq!(tick_slots(60, 5), [0, 15, 30, 45, 59]);
        assert_eq!(tick_slots(61, 5), [0, 15, 30, 45, 60]);
    }

    proptest! {
        #[test]
        fn a_scale_holds_its_maximum_in_few_steps(max in 1e-9..1e300_f64, wanted in 0..20_u32) {
            let scale = nice_scale(max, wanted);
            prop_assert!(scale.top >= max.min(super::super::VALUE_MAX) * 0.999_99);
            prop_assert!(scale.top <= max.max(1.0) * 3.5 + 1.0);
            let ticks: Vec<f64> = scale.ticks().collect();
            prop_assert!((2..=13).contains(&ticks.len()), "{} ticks to {}", ticks.len(), scale.top);
            prop_assert!((ticks[ticks.len() - 1] - scale.top).abs() <= scale.top * 1e-6);
        }

        #[test]
        fn labelled_slots_rise_and_end_with_the_last(count in 1..100_000_usize, wanted in 0..12_usize) {
            let slots = tick_slots(count, wanted);
            prop_assert!(slots.is_sorted_by(|one, other| one < other));
            prop_assert_eq!(slots.first(), Some(&0));
            prop_assert_eq!(slots.last(), Some(&(count - 1)));
            prop_assert!(slots.len() <= wanted.max(2) + 1, "{} labels", slots.len());
        }
    }
}
