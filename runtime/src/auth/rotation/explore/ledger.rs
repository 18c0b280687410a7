//! What is known of every token, to tell a replay from a first send: the invariants of sending and of losing.

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Ledger {
    /// Tokens that some process has learnt to be spent.
    spent: u128,
    /// Tokens that were sent, and no one knows what became of them.
    open: u128,
    /// Tokens that were sent once more although no one knew what had become of them.
    repeated: u128,
    /// Tokens that were once in the store, in a record or in a journal.
    durable: u128,
    /// A lease has ended in this run, so two processes may believe that they hold the lock.
    pub leased: bool,
    /// A request came to the server after its sender had given it up.
    pub late: bool,
    /// The store has less than it once had: an old copy was put in its place, or it was damaged.
    pub fell_back: bool,
    /// A program that knows no lock has spent a token and written what it got.
    pub foreign: bool,
    /// A fault was injected.
    pub faulty: bool,
}

impl Ledger {
    /// A token is sent. Where no one can be asked it may be sent once more, whatever has become of it.
    pub(super) fn sent(&mut self, token: u8, may_be_repeated: bool) -> Result<(), String> {
        let bit = 1 << token;
        let is_repeat = (self.spent | self.open) & bit != 0;
        // An old copy of the store has forgotten that it was.
        if may_be_repeated && is_repeat && (self.repeated & bit == 0 || self.fell_back) {
            self.repeated |= bit;
            return Ok(());
        }
        // A holder that was stopped for longer than its lease cannot be kept from sending.
        if !self.leased && self.spent & bit != 0 {
            return Err(format!("I1: r{token} is known to be spent, and was sent again"));
        }
        if !self.leased && self.open & bit != 0 {
            return Err(format!("I2: r{token} was sent again, and nobody knows what became of the first time"));
        }
        self.open |= bit;
        Ok(())
    }

    pub(super) fn is_spent(&mut self, token: u8) {
        self.spent |= 1 << token;
    }

    /// Said to be alive, or certainly not used: it may be sent once more.
    pub(super) fn is_spared(&mut self, token: u8) {
        self.open &= !(1 << token);
        self.repeated &= !(1 << token);
    }

    pub(super) fn is_durable(&mut self, token: u8) {
        self.durable |= 1 << token;
    }

    /// Whether what was stored may not be there any more.
    pub(super) fn may_be_forgotten(&self) -> bool {
        self.fell_back || self.foreign
    }

    pub(super) fn was_durable(&self, token: u8) -> bool {
        self.durable & (1 << token) != 0
    }
}
