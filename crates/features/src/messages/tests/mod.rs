//! A code goes where codes may go and nowhere else; contacts that are named take the place of the present ones.

use super::model::{Contact, Message, Way};
use kernel::{CustomerId, Masked, Secret};
use platform::feature::MessageKind;

static PLAIN: MessageKind = MessageKind { name: "test.plain", title: "a", text: "b", coded: None };
static CODED: MessageKind = MessageKind { name: "test.coded", title: "a", text: "b", coded: Some("c") };

fn with_code(kind: &'static MessageKind, ways: &'static [Way]) -> Message {
    let code = Some(Secret::new("123456".to_owned()));
    Message { code, ..Message::new(CustomerId::from_raw(1), kind, ways) }
}

#[test]
fn a_code_never_goes_by_mail_nor_only_into_the_inbox() {
    assert!(with_code(&CODED, &[Way::Sms]).code_is_placed());
    assert!(with_code(&CODED, &[Way::Push, Way::Sms]).code_is_placed());
    for (kind, ways) in
        [(&CODED, &[Way::Mail][..]), (&CODED, &[Way::Sms, Way::Mail]), (&CODED, &[]), (&PLAIN, &[Way::Sms])]
    {
        assert!(!with_code(kind, ways).code_is_placed(), "{} {ways:?}", kind.name);
    }
    assert!(Message::new(CustomerId::from_raw(1), &PLAIN, &[Way::Mail]).code_is_placed());
}

#[test]
fn named_contacts_take_the_place_of_the_present_ones() {
    let (phone, email) = (Masked::new("+8613000000001"), Masked::new("a@post.example"));
    let mut message = Message::new(CustomerId::from_raw(1), &PLAIN, &[Way::Push, Way::Sms, Way::Mail]);
    let told = |message: &Message| -> Vec<(Way, String)> {
        message.targets(&phone, &email).into_iter().map(|(way, to)| (way, to.reveal().to_owned())).collect()
    };
    let push = (Way::Push, CustomerId::from_raw(1).to_string());
    let sms = |to: &str| (Way::Sms, to.to_owned());
    assert_eq!(
        told(&message),
        [push.clone(), sms("+8613000000001"), (Way::Mail, "a@post.example".to_owned())]
    );
    let named = ["+8613000000002", "+8613000000003"].map(|to| Contact::Phone(Masked::new(to)));
    message.contacts = named.to_vec();
    assert_eq!(told(&message), [push, sms("+8613000000002"), sms("+8613000000003")]);
}
