//! Network management: sign-on, sign-off and echo.
//!
//! Problem: switches check a connection with 0800 messages before and between payments. Design: a pure
//! function from request to answer. What it does not do: keep a signed-on state; a connection that is open
//! is served, and key exchange (DE70 101 and others) is not spoken.

use super::answer::answer_of;
use super::message::Message;

/// DE70: the sender begins to send.
pub const SIGN_ON: &str = "001";
/// DE70: the sender ends.
pub const SIGN_OFF: &str = "002";
/// DE70: the sender asks whether anybody is there.
pub const ECHO: &str = "301";

/// Whether the message belongs to network management (class 8).
pub fn is_network(message: &Message) -> bool {
    message.mti().class() == b'8'
}

/// The answer to 0800 or 0820: 00 for sign-on, sign-off and echo, 30 for anything else. `None` when the
/// message is no network management request.
pub fn answer(request: &Message) -> Option<Message> {
    if !is_network(request) {
        return None;
    }
    let known = matches!(request.text(70), Some(SIGN_ON | SIGN_OFF | ECHO));
    answer_of(request, if known { *b"00" } else { *b"30" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iso8583::Mti;

    fn code(function: Option<&str>) -> String {
        let mut request = Message::new(Mti::NETWORK);
        request.set(11, "000001").unwrap();
        if let Some(function) = function {
            request.set(70, function).unwrap();
        }
        let answer = answer(&request).unwrap();
        assert_eq!(answer.mti().as_str(), "0810");
        assert_eq!((answer.get(11), answer.get(70)), (request.get(11), request.get(70)));
        answer.text(39).unwrap().to_owned()
    }

    #[test]
    fn known_functions_are_confirmed_and_others_refused() {
        for known in [SIGN_ON, SIGN_OFF, ECHO] {
            assert_eq!(code(Some(known)), "00");
        }
        assert_eq!(code(Some("101")), "30");
        assert_eq!(code(None), "30");
        assert!(answer(&Message::new(Mti::AUTHORIZATION)).is_none());
    }
}
