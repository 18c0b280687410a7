//! 5,000 writes against a server that sends one in a hundred away, in a time of its own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::chance::Random;
use super::*;

/// What the server does to every hundredth request.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    /// 503 or 429 with a time in seconds.
    Asks(u64),
    /// 429 without one.
    Says,
    /// One or the other.
    Either(u64),
}

struct Server {
    random: Random,
    refusal: Refusal,
    latency: Duration,
}

impl Server {
    fn outcome(&mut self) -> Outcome {
        match self.random.below(100) {
            0 => Outcome::Busy(match self.refusal {
                Refusal::Asks(seconds) => Some(at(seconds)),
                Refusal::Either(seconds) if self.random.below(2) == 0 => Some(at(seconds)),
                Refusal::Says | Refusal::Either(_) => None,
            }),
            _ => Outcome::Fine,
        }
    }

    /// Between half and one and a half times the usual.
    fn latency(&mut self) -> Duration {
        self.latency / 100 * u32::try_from(50 + self.random.below(101)).unwrap()
    }
}

const WRITES: usize = 5000;

/// How long the writes take with so many workers, each of which sends a write again until it is carried out, and for how long in
/// all the server had asked to wait.
fn time(server: &mut Server, workers: usize, gate: &mut Machine) -> (Duration, Duration) {
    // When something happens: an answer to a request of an epoch comes.
    let mut answers: BinaryHeap<Reverse<(Moment, u64, u32)>> = BinaryHeap::new();
    let (mut now, mut number, mut idle, mut done) = (at(0), 0, workers, 0);
    let (mut asked, mut asked_until) = (Duration::ZERO, Moment::ZERO);
    while done < WRITES {
        let mut wake = None;
        while idle > 0 {
            match gate.ask(now) {
                Decision::Go(epoch) => {
                    idle -= 1;
                    number += 1;
                    answers.push(Reverse((now + server.latency(), number, epoch)));
                }
                Decision::At(moment) | Decision::WhenOthersAreBack(moment) => {
                    wake = Some(moment);
                    break;
                }
            }
        }
        let next = answers.peek().map(|Reverse((moment, ..))| *moment);
        if next.is_none_or(|next| wake.is_some_and(|wake| wake < next)) {
            now = wake.unwrap();
            continue;
        }
        let Reverse((moment, _, epoch)) = answers.pop().unwrap();
        now = moment;
        idle += 1;
        let outcome = server.outcome();
        done += usize::from(outcome == Outcome::Fine);
        if let Outcome::Busy(Some(wait)) = outcome {
            // Waits that overlap are not counted twice.
            asked += (now + wait).saturating_sub(asked_until.max(now));
            asked_until = asked_until.max(now + wait);
        }
        let chance = server.random.below(1000) as f64 / 999.0;
        gate.tell(epoch, outcome, now, chance);
    }
    (now, asked)
}

#[test]
fn fault_72_five_thousand_writes_take_half_as_long_again_at_most() {
    let refusals = [Refusal::Asks(1), Refusal::Asks(5), Refusal::Says, Refusal::Either(1), Refusal::Either(30)];
    let mut looked_at = 0;
    for workers in [1, 2, 4, 8, 16, 32, 64] {
        for latency in [20, 50, 200, 1000] {
            let undisturbed = millis(latency) * u32::try_from(WRITES / workers).unwrap();
            // Some fifty probes take fifty round trips and waits of our own, which 5,000 writes within a few seconds cannot hide.
            if undisturbed < at(5) {
                continue;
            }
            for (refusal, seed) in refusals.into_iter().flat_map(|refusal| (1..=5).map(move |seed| (refusal, seed))) {
                let mut server = Server { random: Random(seed * 7919), refusal, latency: millis(latency) };
                let (taken, asked) = time(&mut server, workers, &mut gate());
                let most = undisturbed * 3 / 2 + asked;
                assert!(taken <= most, "{refusal:?}, {workers} workers, {latency} ms: {taken:?}, at most {most:?}");
                looked_at += 1;
            }
        }
    }
    assert_eq!(looked_at, 25 * 25);
}
