//! What holds after every step, in whatever order things happen.

use super::*;

/// Numbers that look random and are the same in every run (xorshift).
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[test]
fn fault_72_whatever_happens_no_time_is_cut_short_and_nobody_waits_for_longer_than_the_ceiling() {
    for seed in 1..=400 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let ceilings = Ceilings { asked: at(random.below(4000)), chosen: millis(random.below(40_000)) };
        let mut machine = Machine::new(ceilings);
        let longest = ceilings.asked.max(ceilings.chosen);
        let (mut now, mut not_before) = (at(random.below(10_000)), Duration::ZERO);
        let mut out: Vec<u32> = Vec::new();
        for _ in 0..3000 {
            match random.below(8) {
                0 => now += millis(random.below(2000)),
                1 => now += at(random.below(3)),
                2 | 3 => match machine.ask(now) {
                    Decision::Go(epoch) => {
                        assert!(now >= not_before, "{now:?} is before {not_before:?}");
                        out.push(epoch);
                    }
                    Decision::At(moment) => {
                        assert!(moment > now && moment <= now + longest, "{moment:?} at {now:?}");
                    }
                    Decision::WhenOthersAreBack(moment) => {
                        assert!(moment > now && moment <= now + at(60));
                    }
                },
                // A pass that is forgotten.
                4 if random.below(10) == 0 && !out.is_empty() => {
                    out.swap_remove(random.below(out.len() as u64) as usize);
                }
                _ if out.is_empty() => {}
                _ => {
                    let epoch = out.swap_remove(random.below(out.len() as u64) as usize);
                    let chance = random.below(100) as f64 / 99.0;
                    let outcome = match random.below(10) {
                        0 => Outcome::Busy(None),
                        1 => Outcome::Busy(Some(at(random.below(5000)))),
                        2 => Outcome::Nothing,
                        _ => Outcome::Fine,
                    };
                    if let Outcome::Busy(Some(wait)) = outcome {
                        not_before = not_before.max(now + wait.min(ceilings.asked));
                    }
                    machine.tell(epoch, outcome, now, chance);
                    let wait = machine.until.saturating_sub(now);
                    assert!(wait <= longest, "{wait:?}");
                }
            }
        }
        // Whoever waits as long as he is told to gets through, even if none of the others ever comes back.
        let start = now;
        loop {
            match machine.ask(now) {
                Decision::Go(_) => break,
                Decision::At(moment) | Decision::WhenOthersAreBack(moment) => now = moment,
            }
        }
        assert!(now - start <= longest + at(60), "{:?}", now - start);
    }
}
