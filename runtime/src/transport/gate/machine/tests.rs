//! The gate step by step, by chance, and in a simulation of a busy server.

mod chance;
mod flood;
mod simulation;

use super::*;

const fn at(seconds: u64) -> Moment {
    Duration::from_secs(seconds)
}

const fn millis(number: u64) -> Moment {
    Duration::from_millis(number)
}

const CEILINGS: Ceilings = Ceilings { asked: at(3600), chosen: at(30) };

fn gate() -> Machine {
    Machine::new(CEILINGS)
}

fn closed(wait: Option<Duration>) -> Machine {
    let mut machine = gate();
    assert_eq!(machine.ask(at(0)), Decision::Go(0));
    machine.tell(0, Outcome::Busy(wait), at(0), 0.0);
    machine
}

/// Whether others are waited for.
fn is_full(machine: &mut Machine, now: Moment) -> bool {
    matches!(machine.ask(now), Decision::WhenOthersAreBack(_))
}

#[test]
fn one_request_goes_first_and_the_others_follow_step_by_step() {
    let mut machine = closed(Some(at(10)));
    assert_eq!(machine.ask(at(9)), Decision::At(at(10)));
    assert_eq!(machine.ask(at(10)), Decision::Go(1));
    assert!(is_full(&mut machine, at(10)));
    machine.tell(1, Outcome::Fine, at(11), 0.0);
    assert_eq!([machine.ask(at(11)), machine.ask(at(11))], [Decision::Go(1); 2]);
    assert!(is_full(&mut machine, at(11)));
    machine.tell(1, Outcome::Fine, at(12), 0.0);
    assert_eq!([machine.ask(at(12)), machine.ask(at(12))], [Decision::Go(1); 2]);
    assert!(is_full(&mut machine, at(12)));
    for _ in 0..WIDE {
        machine.tell(1, Outcome::Fine, at(13), 0.0);
    }
    assert_eq!(machine.state, State::Open);
}

#[test]
fn a_probe_that_is_sent_away_closes_the_gate_again_for_longer() {
    let mut machine = closed(None);
    let mut last = millis(25);
    let doubled = (1..=10).map(|round| 25 << round).chain([30_000; 2]);
    for (epoch, wait) in (1..).zip(doubled) {
        assert_eq!(machine.ask(at(0)), Decision::At(last));
        assert_eq!(machine.ask(last), Decision::Go(epoch));
        machine.tell(epoch, Outcome::Busy(None), last, 0.0);
        last += millis(wait);
    }
}

#[test]
fn a_probe_without_an_answer_lets_another_one_try_soon() {
    let mut machine = closed(Some(at(10)));
    assert_eq!(machine.ask(at(10)), Decision::Go(1));
    machine.tell(1, Outcome::Nothing, at(20), 0.0);
    assert_eq!(machine.ask(at(20)), Decision::At(at(21)));
    assert_eq!(machine.ask(at(21)), Decision::Go(1));
}

#[test]
fn late_answers_move_the_end_and_open_nothing() {
    let mut machine = closed(Some(at(10)));
    machine.tell(0, Outcome::Busy(Some(at(30))), at(1), 0.0);
    machine.tell(0, Outcome::Busy(Some(at(5))), at(2), 0.0);
    machine.tell(0, Outcome::Fine, at(3), 0.0);
    machine.tell(0, Outcome::Busy(None), at(29), 0.0);
    assert_eq!(machine.ask(at(4)), Decision::At(at(31)));
    assert_eq!(machine.ask(at(31)), Decision::Go(1));
    machine.tell(0, Outcome::Fine, at(32), 0.0);
    machine.tell(0, Outcome::Busy(None), at(32), 0.0);
    assert!(is_full(&mut machine, at(32)));
}

#[test]
fn fault_72_a_late_answer_that_names_a_time_is_honoured_in_every_state() {
    // While the probe is out, and while the gate opens step by step.
    let mut machine = closed(Some(at(10)));
    assert_eq!(machine.ask(at(10)), Decision::Go(1));
    machine.tell(0, Outcome::Busy(Some(at(20))), at(11), 0.0);
    assert_eq!(machine.ask(at(12)), Decision::At(at(31)));
    machine.tell(1, Outcome::Fine, at(12), 0.0);
    assert_eq!(machine.ask(at(30)), Decision::At(at(31)));
    assert_eq!(machine.ask(at(31)), Decision::Go(1));
    machine.tell(0, Outcome::Busy(Some(at(7))), at(32), 0.0);
    assert_eq!(machine.ask(at(33)), Decision::At(at(39)));
    assert_eq!([machine.ask(at(39)), machine.ask(at(39))], [Decision::Go(1), Decision::WhenOthersAreBack(at(99))]);
    // And when it is open again.
    for _ in 0..=WIDE {
        machine.tell(1, Outcome::Fine, at(40), 0.0);
    }
    assert_eq!(machine.state, State::Open);
    machine.tell(0, Outcome::Busy(Some(at(5))), at(41), 0.0);
    assert_eq!(machine.ask(at(42)), Decision::At(at(46)));
    assert_eq!(machine.ask(at(46)), Decision::Go(2));
    assert!(is_full(&mut machine, at(46)));
}

#[test]
fn fault_72_waits_are_honoured_to_the_second_up_to_the_ceiling() {
    let year = 365 * 86_400;
    for (ceiling, asked, waited) in [
        (3600, 1, 1),
        (3600, 59, 59),
        (3600, 3599, 3599),
        (3600, 3600, 3600),
        (3600, 3601, 3600),
        (3600, year, 3600),
        (3600, u64::MAX, 3600),
        (0, 5, 0),
        (86_400, 86_399, 86_399),
        (u64::MAX, year, year),
        (u64::MAX, u64::MAX, u64::MAX),
    ] {
        for chance in [0.0, 0.5, 1.0, 7.0] {
            let mut machine = Machine::new(Ceilings { asked: at(ceiling), ..CEILINGS });
            assert_eq!(machine.ask(at(0)), Decision::Go(0));
            machine.tell(0, Outcome::Busy(Some(at(asked))), at(0), chance);
            let until = match machine.ask(at(0)) {
                Decision::At(until) => until,
                _ => at(0),
            };
            let most = at(waited).saturating_add((at(waited) / 640).min(at(10))).min(at(ceiling));
            assert!(until >= at(waited) && until <= most, "{asked} s under {ceiling} s: {until:?}");
            // One probe then, and no second one.
            if waited > 0 && waited < u64::MAX {
                assert_eq!(machine.ask(until), Decision::Go(1));
                assert!(is_full(&mut machine, until));
            }
        }
    }
}

#[test]
fn fault_72_a_wait_of_our_own_never_exceeds_its_ceiling_and_is_forgotten_after_a_success() {
    for chosen in [millis(0), millis(50), at(1), at(30), at(600)] {
        let mut machine = Machine::new(Ceilings { asked: at(3600), chosen });
        let mut now = at(0);
        for round in 0..40_u32 {
            let Decision::Go(epoch) = machine.ask(now) else { panic!("the gate is closed") };
            machine.tell(epoch, Outcome::Busy(None), now, 1.0);
            let wait = machine.until - now;
            let own = (millis(25) * (1 << round.min(12))).min(at(60));
            assert!(wait >= own.min(chosen) && wait <= chosen && wait <= own + own / 10, "{round}: {wait:?}");
            now += wait;
        }
        let Decision::Go(epoch) = machine.ask(now) else { panic!("the gate is closed") };
        machine.tell(epoch, Outcome::Fine, now, 1.0);
        let Decision::Go(epoch) = machine.ask(now) else { panic!("the gate is closed") };
        machine.tell(epoch, Outcome::Busy(None), now, 0.0);
        assert_eq!(machine.until - now, millis(25).min(chosen));
    }
}

/// Six 503s of one second with 50 good answers between them, then one 429 without a time.
#[test]
fn fault_72_good_answers_between_make_the_next_wait_short() {
    let (mut machine, mut now) = (gate(), at(0));
    let mut waits_after = |outcome| loop {
        match machine.ask(now) {
            Decision::At(until) => now = until,
            Decision::Go(epoch) => {
                machine.tell(epoch, outcome, now, 0.0);
                break machine.until.saturating_sub(now);
            }
            Decision::WhenOthersAreBack(_) => panic!("no one else is out"),
        }
    };
    for _ in 0..6 {
        assert_eq!(waits_after(Outcome::Busy(Some(at(1)))), at(1));
        for _ in 0..50 {
            assert_eq!(waits_after(Outcome::Fine), at(0));
        }
    }
    assert_eq!(waits_after(Outcome::Busy(None)), millis(25));
}

#[test]
fn fault_72_what_never_comes_back_is_not_waited_for_for_ever() {
    // The probe.
    let mut machine = closed(Some(at(10)));
    assert_eq!(machine.ask(at(10)), Decision::Go(1));
    assert_eq!(machine.ask(at(11)), Decision::WhenOthersAreBack(at(70)));
    assert_eq!(machine.ask(at(69)), Decision::WhenOthersAreBack(at(70)));
    assert_eq!(machine.ask(at(70)), Decision::Go(2));
    assert!(is_full(&mut machine, at(70)));
    // What follows it.
    machine.tell(2, Outcome::Fine, at(71), 0.0);
    assert_eq!([machine.ask(at(72)), machine.ask(at(73))], [Decision::Go(2); 2]);
    assert_eq!(machine.ask(at(132)), Decision::WhenOthersAreBack(at(133)));
    assert_eq!(machine.ask(at(133)), Decision::Go(3));
    assert!(is_full(&mut machine, at(134)));
    // One that comes back after all changes nothing.
    machine.tell(2, Outcome::Fine, at(135), 0.0);
    machine.tell(2, Outcome::Nothing, at(135), 0.0);
    assert!(is_full(&mut machine, at(135)));
}

#[test]
fn fault_72_the_gate_opens_as_wide_as_the_server_has_proven() {
    for (out, refused, wide) in
        [(1, 1, 2), (4, 1, 3), (16, 1, 14), (16, 2, 12), (64, 1, 56), (64, 20, 2), (2000, 1, 896)]
    {
        let mut machine = gate();
        for _ in 0..out {
            assert_eq!(machine.ask(at(0)), Decision::Go(0));
        }
        for _ in 0..refused {
            machine.tell(0, Outcome::Busy(Some(at(1))), at(1), 0.0);
        }
        assert_eq!(machine.ask(at(2)), Decision::Go(1));
        machine.tell(1, Outcome::Fine, at(3), 0.0);
        assert_eq!(machine.state, State::Ramping { wide }, "{refused} of {out}");
    }
    // A probe that is refused starts anew.
    let mut machine = gate();
    (0..64).for_each(|_| assert_eq!(machine.ask(at(0)), Decision::Go(0)));
    machine.tell(0, Outcome::Busy(Some(at(1))), at(0), 0.0);
    assert_eq!(machine.ask(at(1)), Decision::Go(1));
    machine.tell(1, Outcome::Busy(Some(at(1))), at(1), 0.0);
    assert_eq!(machine.ask(at(2)), Decision::Go(2));
    machine.tell(2, Outcome::Fine, at(2), 0.0);
    assert_eq!(machine.state, State::Ramping { wide: NARROW });
}

#[test]
fn fault_72_a_clock_that_runs_back_makes_no_wait_longer() {
    let mut machine = gate();
    assert_eq!(machine.ask(at(1_000_000)), Decision::Go(0));
    machine.tell(0, Outcome::Busy(Some(at(60))), at(1_000_000), 0.0);
    assert_eq!(machine.ask(at(5)), Decision::At(at(3605)));
    assert_eq!(machine.ask(at(3605)), Decision::Go(1));
    assert_eq!(machine.ask(at(2)), Decision::WhenOthersAreBack(at(62)));
}
