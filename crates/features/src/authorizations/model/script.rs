//! Commands of the issuer that wait for a chip (EMV scripts): sent with answers until the chip says that it took one.
//!
//! An answer can be lost, and a terminal can be pulled before the chip has heard it. So a command is sent again with
//! each answer to a right cryptogram until the chip's next data show that it was carried out, at most
//! [`SENDS_MAX`] times. Both commands may be carried out twice without harm.

use serde::{Deserialize, Serialize};
use vault::ScriptReport;

/// How often one command is sent at most.
pub const SENDS_MAX: u8 = 5;

/// What a chip is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChipCommand {
    /// To set its PIN tries back.
    UnblockPin,
    /// To take another PIN, and set its tries back.
    ChangePin {
        /// Which change of PIN it was, so that an older one is not sent in its place.
        change: i64,
    },
}

/// A command that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingCommand {
    /// The command.
    pub command: ChipCommand,
    /// How often it was sent.
    pub sent: u8,
    /// The chip's transaction in which it was sent last.
    pub sent_at: u16,
    /// How many commands an M/Chip said before that it had carried out, modulo 16.
    pub count_before: Option<u8>,
}

/// What a message meant for the commands of its chip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChipTurn {
    /// It was not the chip's own, or not new.
    #[default]
    NotHeard,
    /// The chip was heard and nothing waits for it.
    Idle,
    /// The answer carries a command.
    Tell(ChipCommand),
    /// The chip has carried the command out.
    Taken(ChipCommand),
    /// It was sent often enough.
    GivenUp(ChipCommand),
}

impl WaitingCommand {
    /// A command that was not sent yet.
    pub const fn new(command: ChipCommand) -> Self {
        Self { command, sent: 0, sent_at: 0, count_before: None }
    }

    /// Whether the chip's transaction `counter` shows that it carried the command out.
    fn was_taken(&self, counter: u16, report: Option<ScriptReport>) -> bool {
        self.sent > 0
            && match report {
                // Of an earlier transaction than its last one it says nothing.
                Some(ScriptReport::Last { done, failed }) => {
                    counter.checked_sub(1) == Some(self.sent_at) && done > 0 && !failed
                }
                Some(ScriptReport::Count(count)) => self.count_before.is_some_and(|before| before != count),
                None => false,
            }
    }
}

/// The turn of a chip that was heard with a right, new cryptogram.
pub fn turn(waiting: &mut Option<WaitingCommand>, counter: u16, report: Option<ScriptReport>) -> ChipTurn {
    let Some(command) = waiting else { return ChipTurn::Idle };
    let told = command.command;
    if command.was_taken(counter, report) {
        *waiting = None;
        return ChipTurn::Taken(told);
    }
    if command.sent >= SENDS_MAX {
        *waiting = None;
        return ChipTurn::GivenUp(told);
    }
    command.sent += 1;
    command.sent_at = counter;
    if let Some(ScriptReport::Count(count)) = report {
        command.count_before = Some(count);
    }
    ChipTurn::Tell(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNBLOCK: ChipCommand = ChipCommand::UnblockPin;
    const DONE: Option<ScriptReport> = Some(ScriptReport::Last { done: 1, failed: false });
    const NOTHING: Option<ScriptReport> = Some(ScriptReport::Last { done: 0, failed: false });

    #[test]
    fn a_command_is_sent_until_the_chip_says_that_it_took_it() {
        let mut waiting = Some(WaitingCommand::new(UNBLOCK));
        assert_eq!(
            turn(&mut waiting, 7, DONE),
            ChipTurn::Tell(UNBLOCK),
            "what it did before is something else"
        );
        assert_eq!(turn(&mut waiting, 8, NOTHING), ChipTurn::Tell(UNBLOCK), "the answer was lost");
        let failed = Some(ScriptReport::Last { done: 1, failed: true });
        assert_eq!(turn(&mut waiting, 9, failed), ChipTurn::Tell(UNBLOCK));
        assert_eq!(turn(&mut waiting, 11, DONE), ChipTurn::Tell(UNBLOCK), "that speaks of transaction 10");
        assert_eq!(turn(&mut waiting, 12, DONE), ChipTurn::Taken(UNBLOCK));
        assert_eq!(turn(&mut waiting, 13, DONE), ChipTurn::Idle);
    }

    #[test]
    fn an_m_chip_counts_what_it_has_carried_out() {
        let mut waiting = Some(WaitingCommand::new(UNBLOCK));
        let count = |count| Some(ScriptReport::Count(count));
        assert_eq!(turn(&mut waiting, 7, count(15)), ChipTurn::Tell(UNBLOCK));
        assert_eq!(turn(&mut waiting, 8, count(15)), ChipTurn::Tell(UNBLOCK));
        assert_eq!(turn(&mut waiting, 20, count(0)), ChipTurn::Taken(UNBLOCK), "also after payments unseen");
    }

    proptest! {
        /// Whatever the chip says, a command is sent at least once and at most so often, and then nothing waits.
        #[test]
        fn no_command_is_sent_for_ever(reports in proptest::collection::vec(
            prop_oneof![
                Just(None),
                (0..4_u8, any::<bool>()).prop_map(|(done, failed)| Some(ScriptReport::Last { done, failed })),
                (0..16_u8).prop_map(|count| Some(ScriptReport::Count(count))),
            ],
            usize::from(SENDS_MAX) + 1..12,
        )) {
            let mut waiting = Some(WaitingCommand::new(UNBLOCK));
            let turns: Vec<ChipTurn> =
                (1..).zip(&reports).map(|(counter, report)| turn(&mut waiting, counter, *report)).collect();
            let sent = turns.iter().filter(|turn| matches!(turn, ChipTurn::Tell(_))).count();
            prop_assert!((1..=usize::from(SENDS_MAX)).contains(&sent), "{turns:?}");
            prop_assert!(waiting.is_none());
            let ended = turns.iter().filter(|turn| matches!(turn, ChipTurn::Taken(_) | ChipTurn::GivenUp(_)));
            prop_assert_eq!(ended.count(), 1);
        }
    }
}
