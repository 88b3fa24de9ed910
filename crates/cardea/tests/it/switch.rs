//! A card network's side of the wire: messages as a switch makes them, over plain blocking sockets.

use cardea::traffic::sample_files::CardRow;
use connectors::iso8583::{BuiltIn, Dialect, Message, Mti, fields, frame};
use kernel::Clock;
use platform::clock::SystemClock;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for one answer.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// One connection.
pub struct Switch {
    pub dialect: Dialect,
    pub socket: TcpStream,
    read: Vec<u8>,
}

impl Switch {
    /// In the dialect `ascii`.
    pub fn connect(address: SocketAddr) -> Self {
        Self::speaking(BuiltIn::Ascii, address)
    }

    pub fn speaking(which: BuiltIn, address: SocketAddr) -> Self {
        Self::try_speaking(which, address).unwrap()
    }

    pub fn try_speaking(which: BuiltIn, address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { dialect: Dialect::built_in(which).unwrap(), socket, read: Vec::new() })
    }

    pub fn framed(&self, message: &Message) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        frame::push(&self.dialect, message, &mut bytes).unwrap();
        bytes
    }

    pub fn send(&mut self, message: &Message) -> io::Result<()> {
        let bytes = self.framed(message);
        self.socket.write_all(&bytes)
    }

    /// The next answer; `None` when the server closed the connection.
    pub fn receive(&mut self) -> io::Result<Option<Message>> {
        let mut chunk = [0_u8; 64 * 1024];
        loop {
            let (used, message) = match frame::next(&self.read) {
                frame::Next::Message(bytes) => {
                    let parsed =
                        self.dialect.parse(bytes).map_err(|failure| io::Error::other(failure.error))?;
                    (bytes.len() + 2, Some(parsed))
                }
                frame::Next::KeepAlive => (2, None),
                frame::Next::Incomplete => (0, None),
                frame::Next::TooLong => return Err(io::Error::other("an answer that is too long")),
            };
            self.read.drain(..used);
            if message.is_some() {
                return Ok(message);
            }
            if used == 0 {
                match self.socket.read(&mut chunk)? {
                    0 => return Ok(None),
                    count => self.read.extend_from_slice(chunk.get(..count).unwrap()),
                }
            }
        }
    }

    /// Sends one message and takes the next answer.
    pub fn ask(&mut self, message: &Message) -> Message {
        self.send(message).unwrap();
        self.receive().unwrap().expect("an answer, not the end of the connection")
    }

    /// Sends all, then takes as many answers, put into the order of the questions by DE11 and DE37.
    pub fn ask_all(&mut self, messages: &[Message]) -> Vec<Message> {
        let mut bytes = Vec::new();
        messages.iter().for_each(|message| bytes.extend(self.framed(message)));
        self.socket.write_all(&bytes).unwrap();
        let mut answers: Vec<Message> =
            messages.iter().map(|_| self.receive().unwrap().expect("an answer")).collect();
        let keys = |message: &Message| (text(message, 11), text(message, 37));
        let place = |answer: &Message| {
            messages
                .iter()
                .position(|message| keys(message) == keys(answer))
                .expect("an answer to a question")
        };
        answers.sort_by_cached_key(place);
        answers
    }
}

/// A field as text; empty where it is absent.
pub fn text(message: &Message, field: u8) -> String {
    message.text(field).unwrap_or_default().to_owned()
}

/// DE39.
pub fn code(message: &Message) -> String {
    text(message, 39)
}

pub fn mti(digits: &str) -> Mti {
    Mti::from_digits(digits.as_bytes().try_into().unwrap()).unwrap()
}

/// DE7 of now.
pub fn transmitted_now() -> String {
    let now = SystemClock::default().now().to_jiff().unwrap();
    now.to_zoned(jiff::tz::TimeZone::UTC).strftime("%m%d%H%M%S").to_string()
}

/// A payment at a shop with the chip of `card`; `number` gives its trace numbers.
pub fn purchase(card: &CardRow, minor: i64, number: u64) -> Message {
    payment("0100", card, minor, number)
}

/// As [`purchase`], of any type.
pub fn payment(kind: &str, card: &CardRow, minor: i64, number: u64) -> Message {
    let currency: kernel::Currency = card.currency.parse().unwrap();
    let mut message = Message::new(mti(kind));
    message.set(2, &card.pan).unwrap();
    message.set(3, "000000").unwrap();
    fields::set_amount_transaction(&mut message, minor, currency.numeric()).unwrap();
    message.set(7, transmitted_now()).unwrap();
    message.set_number(11, number % 999_999 + 1, 6).unwrap();
    message.set(12, "120000").unwrap();
    message.set(13, "0704").unwrap();
    message.set(14, &card.expiry).unwrap();
    message.set(18, "5411").unwrap();
    message.set(22, "051").unwrap();
    message.set(25, "00").unwrap();
    message.set(32, "900156").unwrap();
    message.set_number(37, number, 12).unwrap();
    message.set(41, "TERM0001").unwrap();
    message.set(42, "MERCHANT0000001").unwrap();
    let shop = fields::Location { name: "Spring Field Market", city: "Shanghai", country: "CN" };
    fields::set_location(&mut message, shop).unwrap();
    message
}

/// What undoes `original`, with its own trace number and the original's reference.
pub fn reversal(kind: &str, original: &Message, number: u64) -> Message {
    let mut message = Message::new(mti(kind));
    for field in [2, 3, 4, 7, 12, 13, 14, 18, 22, 25, 32, 37, 41, 42, 43, 49] {
        if let Some(value) = original.get(field) {
            message.set(field, value).unwrap();
        }
    }
    message.set_number(11, number % 999_999 + 1, 6).unwrap();
    fields::set_original(&mut message, original).unwrap();
    message
}

/// The same message again: its type says so, its time is that of the repeat.
pub fn repeated(message: &Message) -> Message {
    let mut digits = message.mti().digits();
    digits[3] |= 1;
    let mut again = message.clone();
    again.set_mti(Mti::from_digits(digits).unwrap());
    again
}
