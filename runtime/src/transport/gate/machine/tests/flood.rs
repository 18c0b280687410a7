//! A crowd before servers that refuse without naming a time: one in twenty at random, or what is more than they take.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::chance::Random;
use super::*;

/// How a server decides.
#[derive(Debug, Clone, Copy)]
enum Limit {
    /// One in so many requests is refused, whatever the load.
    Random(u64),
    /// No more than this at a time.
    AtATime(usize),
    /// So many a second; what was not used is there for later, up to a tenth of a second.
    Rate(u64),
    /// So many within each second of the clock.
    Window(u64),
    /// None.
    Nothing,
}

struct Server {
    limit: Limit,
    at_work: usize,
    /// What may still come, in thousandths of a request, and when that was found.
    left: u64,
    found: Moment,
}

impl Server {
    fn new(limit: Limit) -> Self {
        Server { limit, at_work: 0, left: 0, found: at(0) }
    }

    fn takes(&mut self, random: &mut Random, now: Moment) -> bool {
        match self.limit {
            Limit::Random(one_in) => random.below(one_in) != 0,
            Limit::AtATime(most) => self.at_work < most,
            Limit::Rate(rate) => {
                let come = u64::try_from((now - self.found).as_micros()).unwrap() * rate / 1000;
                (self.left, self.found) = ((self.left + come).min(rate * 100), now);
                self.pays()
            }
            Limit::Window(number) => {
                if self.found.as_secs() != now.as_secs() || self.found.is_zero() {
                    (self.left, self.found) = (number * 1000, now.max(millis(1)));
                }
                self.pays()
            }
            Limit::Nothing => false,
        }
    }

    fn pays(&mut self) -> bool {
        let paid = self.left.checked_sub(1000);
        self.left = paid.unwrap_or(self.left);
        paid.is_some()
    }
}

/// What came of it, a second.
struct Seen {
    served: f64,
    refused: f64,
}

const LENGTH: Duration = at(60);

/// Tasks that always want to send, for a minute; the first ten seconds do not count.
fn crowd(limit: Limit, tasks: usize, latency: Duration, seed: u64) -> Seen {
    let (mut machine, mut server, mut random) = (gate(), Server::new(limit), Random(seed * 7919));
    let mut answers: BinaryHeap<Reverse<(Moment, u64, u32, bool)>> = BinaryHeap::new();
    let (mut now, mut number, mut idle, mut counts) = (at(0), 0, tasks, [0_u32; 2]);
    while now < LENGTH {
        let mut wake = None;
        while idle > 0 && wake.is_none() {
            match machine.ask(now) {
                Decision::Go(epoch) => {
                    let is_taken = server.takes(&mut random, now);
                    server.at_work += usize::from(is_taken);
                    // What is refused is answered at once, what is taken after some work.
                    let took = if is_taken { latency / 100 * (50 + random.below(101) as u32) } else { latency / 10 };
                    (idle, number) = (idle - 1, number + 1);
                    answers.push(Reverse((now + took, number, epoch, is_taken)));
                }
                Decision::At(moment) | Decision::WhenOthersAreBack(moment) => wake = Some(moment),
            }
        }
        let next = answers.peek().map(|Reverse((moment, ..))| *moment);
        if next.is_none_or(|next| wake.is_some_and(|wake| wake < next)) {
            now = wake.unwrap();
            continue;
        }
        let Reverse((moment, _, epoch, is_taken)) = answers.pop().unwrap();
        (now, idle) = (moment, idle + 1);
        server.at_work -= usize::from(is_taken);
        if now >= at(10) {
            counts[usize::from(!is_taken)] += 1;
        }
        let outcome = if is_taken { Outcome::Fine } else { Outcome::Busy(None) };
        machine.tell(epoch, outcome, now, random.below(1000) as f64 / 999.0);
    }
    let [served, refused] = counts.map(|count| f64::from(count) / (LENGTH - at(10)).as_secs_f64());
    Seen { served, refused }
}

const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;

#[test]
fn one_refusal_in_twenty_at_random_leaves_a_crowd_most_of_its_speed() {
    for (tasks, latency, least) in
        [(8, 50, 0.5), (64, 50, 0.75), (64, 5, 0.75), (64, 500, 0.75), (1000, 50, 0.9), (1000, 500, 0.9)]
    {
        for seed in SEEDS {
            let seen = crowd(Limit::Random(20), tasks, millis(latency), seed);
            let free = tasks as f64 * 1000.0 / latency as f64;
            let share = seen.served / free;
            assert!(share >= least, "{tasks} tasks, {latency} ms: {share:.2} of {free:.0} a second");
        }
    }
}

#[test]
fn a_server_that_takes_so_many_gets_about_as_many_and_few_more() {
    for (limit, allowed, least, most_refused) in [
        // What may run at a time, by how long one takes.
        (Limit::AtATime(4), 80.0, 0.95, 0.12),
        (Limit::AtATime(16), 320.0, 0.95, 0.12),
        (Limit::AtATime(100), 2000.0, 0.95, 0.12),
        (Limit::Rate(50), 50.0, 0.85, 0.12),
        (Limit::Rate(200), 200.0, 0.95, 0.12),
        (Limit::Rate(1000), 1000.0, 0.95, 0.12),
        // When the next window begins has to be asked: waits are twice as long each time.
        (Limit::Window(200), 200.0, 0.95, 0.16),
        (Limit::Window(1000), 1000.0, 0.85, 0.16),
    ] {
        for tasks in [64, 1000] {
            for seed in SEEDS {
                let seen = crowd(limit, tasks, millis(50), seed);
                let asked = (tasks as f64 * 20.0).min(allowed);
                let (served, refused) = (seen.served / asked, seen.refused / (seen.served + seen.refused));
                assert!((least..=1.05).contains(&served), "{limit:?}, {tasks} tasks: {served:.2} of {asked}");
                assert!(refused <= most_refused, "{limit:?}, {tasks} tasks: {refused:.2} refused");
            }
        }
    }
}

#[test]
fn where_all_are_refused_one_asks_at_a_time_and_ever_more_rarely() {
    for tasks in [1, 64, 1000] {
        let seen = crowd(Limit::Nothing, tasks, millis(50), 1);
        // 25 ms and twice as much each time, 30 s at most: after ten seconds there are three or four left of a minute.
        assert!(seen.served < f64::EPSILON && seen.refused <= 4.0 / 50.0, "{:.2} a second", seen.refused);
    }
}

#[test]
fn a_refusal_without_a_time_takes_its_place_with_it_and_holds_nobody_back() {
    let mut machine = gate();
    (0..4).for_each(|_| assert_eq!(machine.ask(at(0)), Decision::Go(0)));
    machine.tell(0, Outcome::Busy(None), at(0), 0.0);
    assert!(is_full(&mut machine, at(0)));
    // The next one comes in the place of one that was served.
    machine.tell(0, Outcome::Fine, at(0), 0.0);
    assert_eq!(machine.ask(at(0)), Decision::Go(0));
    assert!(is_full(&mut machine, at(0)));
    // Ten that are served let one more go.
    for round in 2..=GAIN {
        machine.tell(0, Outcome::Fine, at(0), 0.0);
        assert_eq!(machine.ask(at(0)), Decision::Go(0));
        assert_eq!(machine.ask(at(0)) == Decision::Go(0), round == GAIN, "{round}");
    }
    // The last of those that are out closes the gate; one that names a time always does.
    for _ in 0..3 {
        machine.tell(0, Outcome::Busy(None), at(0), 0.0);
        assert!(is_full(&mut machine, at(0)));
    }
    machine.tell(0, Outcome::Busy(None), at(0), 0.0);
    assert_eq!(machine.ask(at(0)), Decision::At(millis(25)));
    let mut machine = gate();
    (0..4).for_each(|_| assert_eq!(machine.ask(at(0)), Decision::Go(0)));
    machine.tell(0, Outcome::Busy(None), at(0), 0.0);
    machine.tell(0, Outcome::Busy(Some(at(7))), at(0), 0.0);
    assert_eq!(machine.ask(at(1)), Decision::At(at(7)));
    machine.tell(0, Outcome::Busy(None), at(6), 0.0);
    machine.tell(0, Outcome::Fine, at(6), 0.0);
    assert_eq!(machine.ask(at(6)), Decision::At(at(7)));
    assert_eq!(machine.ask(at(7)), Decision::Go(1));
    assert!(is_full(&mut machine, at(7)));
}

#[test]
fn slow_requests_that_are_on_their_way_hold_no_quick_ones_back_after_a_refusal() {
    for slow in [1, 2, 5] {
        let mut machine = gate();
        (0..=slow).for_each(|_| assert_eq!(machine.ask(at(0)), Decision::Go(0)));
        // One quick request is refused; those that are slow bring nothing for ten minutes.
        machine.tell(0, Outcome::Busy(None), millis(10), 0.0);
        let (mut now, mut served) = (millis(10), 0);
        while now < at(1) {
            match machine.ask(now) {
                Decision::Go(epoch) => {
                    now += millis(10);
                    machine.tell(epoch, Outcome::Fine, now, 0.0);
                    served += 1;
                }
                Decision::At(moment) | Decision::WhenOthersAreBack(moment) => now = moment,
            }
        }
        assert!(served >= 80, "{slow} slow: {served} of a hundred that fit into a second");
    }
}

#[test]
fn a_server_whose_places_are_all_taken_for_long_is_asked_ever_more_rarely() {
    let (mut machine, mut now, mut asked) = (gate(), at(0), 0);
    (0..=4).for_each(|_| assert_eq!(machine.ask(now), Decision::Go(0)));
    machine.tell(0, Outcome::Busy(None), now, 0.0);
    while now < at(60) {
        match machine.ask(now) {
            Decision::Go(epoch) => {
                asked += 1;
                machine.tell(epoch, Outcome::Busy(None), now, 0.0);
            }
            Decision::At(moment) | Decision::WhenOthersAreBack(moment) => now = moment,
        }
    }
    assert!((6..=12).contains(&asked), "{asked}");
}

#[test]
fn after_a_minute_of_silence_nothing_is_known_of_how_many_are_too_many() {
    let mut machine = gate();
    (0..2).for_each(|_| assert_eq!(machine.ask(at(0)), Decision::Go(0)));
    machine.tell(0, Outcome::Busy(None), at(0), 0.0);
    machine.tell(0, Outcome::Fine, at(0), 0.0);
    let places = |machine: &mut Machine, now| {
        let mut out = 0;
        while machine.ask(now) == Decision::Go(0) {
            out += 1;
        }
        (0..out).for_each(|_| machine.tell(0, Outcome::Fine, now, 0.0));
        out
    };
    let rounds: Vec<u32> = (0..4).map(|_| places(&mut machine, at(1))).collect();
    assert!(rounds[3] <= 4, "{rounds:?}");
    let rounds: Vec<u32> = (0..4).map(|_| places(&mut machine, at(62))).collect();
    assert!(rounds[3] >= 4 * rounds[0], "{rounds:?}");
}
