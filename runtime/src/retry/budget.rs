//! How many repeats an origin is worth: while most calls fail, repeats only add to what has to be refused.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::runtime::OfProcess;

/// So many repeats in a row are paid by what is there at the beginning.
const REPEATS: u32 = 50;

/// What a repeat costs, and what a call that needed none brings back: in the long run one repeat for ten calls.
const COST: u32 = 10;
const RETURN: u32 = 1;
const FULL: u32 = REPEATS * COST;

/// What is left for repeats, for each origin for which it is not all. Shared by all users of a client.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    left: OfProcess<Mutex<HashMap<String, u32>>>,
    /// Whether something was taken, so that calls of a healthy server take no lock.
    is_drawn: AtomicBool,
}

impl Budgets {
    /// Pays for one repeat; `false` where there is not enough.
    pub(crate) fn withdraw(&self, origin: &str) -> bool {
        let left = self.left.get();
        let mut left = locked(&left);
        self.is_drawn.store(true, Ordering::Relaxed);
        let left = left.entry(origin.to_owned()).or_insert(FULL);
        let paid = left.checked_sub(COST);
        *left = paid.unwrap_or(*left);
        paid.is_some()
    }

    /// Takes in that the server has served a call, after so many repeats. The last one was worth its price, so that comes back.
    pub(crate) fn served(&self, origin: &str, repeats: u32) {
        if !self.is_drawn.load(Ordering::Relaxed) {
            return;
        }
        let left = self.left.get();
        let mut left = locked(&left);
        if let Some(amount) = left.get_mut(origin) {
            *amount = amount.saturating_add(if repeats > 0 { COST } else { RETURN });
            if *amount >= FULL {
                left.remove(origin);
            }
        }
        self.is_drawn.store(!left.is_empty(), Ordering::Relaxed);
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "https://erp.example.com";
    const THERE: &str = "https://api.example.com";

    fn repeats(budgets: &Budgets, origin: &str) -> u32 {
        (0..10_000).take_while(|_| budgets.withdraw(origin)).count() as u32
    }

    #[test]
    fn while_everything_fails_repeats_end() {
        let budgets = Budgets::default();
        assert_eq!(repeats(&budgets, HERE), REPEATS);
        assert!(!budgets.withdraw(HERE));
        assert_eq!(repeats(&budgets, THERE), REPEATS, "another server is not concerned");
    }

    #[test]
    fn ten_calls_that_are_served_pay_for_a_repeat() {
        for calls in [9, 10, 25, 100] {
            let budgets = Budgets::default();
            repeats(&budgets, HERE);
            (0..calls).for_each(|_| budgets.served(HERE, 0));
            assert_eq!(repeats(&budgets, HERE), calls / 10, "{calls}");
        }
    }

    #[test]
    fn a_repeat_that_was_worth_it_costs_nothing() {
        let budgets = Budgets::default();
        for _ in 0..10 * REPEATS {
            assert!(budgets.withdraw(HERE));
            budgets.served(HERE, 1);
        }
        assert_eq!(repeats(&budgets, HERE), REPEATS);
    }

    #[test]
    fn no_more_is_saved_than_there_was_at_the_beginning() {
        let budgets = Budgets::default();
        budgets.withdraw(HERE);
        (0..10 * FULL).for_each(|_| budgets.served(HERE, 0));
        assert!(locked(&budgets.left.get()).is_empty() && !budgets.is_drawn.load(Ordering::Relaxed));
        assert_eq!(repeats(&budgets, HERE), REPEATS);
    }
}
