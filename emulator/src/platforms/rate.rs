//! Windows in which requests are counted.

/// Requests within a window of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rate {
    begun: i64,
    count: u32,
}

/// What a window leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    pub limit: u32,
    pub remaining: u32,
    /// Seconds until counting begins anew.
    pub seconds: i64,
    /// Whether the request that was counted is one too many.
    pub exceeded: bool,
}

impl Rate {
    /// Counts a request. A window begins with the first request after the last one.
    pub(super) fn count(&mut self, limit: u32, seconds: i64, now: i64) -> Left {
        if now >= self.begun.saturating_add(seconds) || now < self.begun {
            (self.begun, self.count) = (now, 0);
        }
        let exceeded = self.count >= limit;
        self.count = self.count.saturating_add(1).min(limit);
        let until = self.begun.saturating_add(seconds).saturating_sub(now);
        Left { limit, remaining: limit - self.count, seconds: until, exceeded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_takes_so_many_and_begins_anew_after_its_end() {
        let mut rate = Rate::default();
        let mut counted = |now| rate.count(2, 60, now);
        assert_eq!(counted(1000), Left { limit: 2, remaining: 1, seconds: 60, exceeded: false });
        assert!(!counted(1010).exceeded);
        assert_eq!(counted(1020), Left { limit: 2, remaining: 0, seconds: 40, exceeded: true });
        assert!(!counted(1060).exceeded);
    }
}
