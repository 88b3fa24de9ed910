# Passkeys: signing in, a first passkey, one's own passkeys and sessions
passkeys-desk-sign-in = Sign in to the desk
passkeys-intro = Use the passkey on this device, or one on your phone. Your fingerprint or face stays on the device.
passkeys-desk-intro = Colleagues sign in with a passkey only.
passkeys-prove = Prove that it is you
passkeys-use = Continue with a passkey
passkeys-phone-gone = My phone is gone
passkeys-have-code = I have an activation code
passkeys-demo = Demo
passkeys-missing = This browser can't use passkeys here: it needs JavaScript, and an address with a name over HTTPS (or localhost).
passkeys-refused = The passkey was not accepted. Try again, or use another one.
passkeys-code-refused = This code is unknown, used already, too old, or does not work yet. Check it, or ask for a new one.
passkeys-cancelled = Nothing happened: the request was cancelled or took too long. Try again when you are ready.
passkeys-known = This device has a passkey of yours already.
passkeys-wrong-site = This passkey belongs to another address. Open the page by its usual address.
passkeys-failed = The request did not get through. Try again.
passkeys-activate = Make your first passkey
passkeys-activate-intro = Type the code from your letter, your branch or your administrator. Then your device asks for your finger, face or PIN.
passkeys-code = Activation code
passkeys-code-hint = Four groups of four or five letters and digits. It works once.
passkeys-code-made = Code for { $name }
passkeys-code-made-note = Give it to { $name } in person or by a way that nobody else reads. It makes their first passkey at /desk/activate, works once, and ends { $until }. It is not shown again.
passkeys-code-done = Done
passkeys-make = Make a passkey
passkeys-devices = Passkeys and sessions
passkeys-desk-nav = Passkeys
passkeys-own = Your passkeys
passkeys-none = You have no passkey yet.
passkeys-one = Passkey
passkeys-this = This one
passkeys-made = Made { $when }
passkeys-used = last used { $when }
passkeys-bound = counts as your device
passkeys-not-bound = counts as your device a day after it was made
passkeys-name = Name
passkeys-name-hint = For example “Work laptop”. You can leave it empty.
passkeys-rename = Rename
passkeys-end = End this passkey
passkeys-add = Add a passkey
passkeys-add-prove = Answer with a passkey that you have first; then you have five minutes to add another. Administrators and compliance are told.
passkeys-add-note = All other sessions end when you add or end a passkey.
passkeys-sessions = Where you are signed in
passkeys-browser = Browser
passkeys-session-since = Since { $opened }, last used { $seen }
passkeys-end-session = End this session
passkeys-end-others = End all other sessions
audit-passkeys-enrolled = { $actor } made the passkey { $subject }
audit-passkeys-used = { $actor } proved more with the passkey { $subject }
audit-passkeys-refused = A passkey's answer was refused
audit-passkeys-renamed = { $actor } renamed the passkey { $subject }
audit-passkeys-ended = { $actor } ended the passkey { $subject }
audit-passkeys-counted = { $actor } looked how many passkeys { $subject } has
audit-passkeys-all-ended = { $actor } ended all passkeys and sessions of { $subject }
audit-passkeys-sessions-ended = { $actor } ended sessions of their own
audit-passkeys-code-made = { $actor } made an activation code for { $subject }
audit-passkeys-code-withdrawn = { $actor } withdrew the activation codes of { $subject }
audit-passkeys-code-refused = Somebody tried an activation code and was refused
passkeys-message-added = A passkey was added
passkeys-message-added-text = A passkey was added to your account in this browser: { $browser }. All other sessions were ended. If this was not you, freeze your cards and call us at the number on your card.
passkeys-message-ended = A passkey was ended
passkeys-message-ended-text = A passkey of yours was ended, with all other sessions. If this was not you, call us at the number on your card.
passkeys-message-copied = A passkey was stopped
passkeys-message-copied-text = One of your passkeys answered as if there were a copy of it. We ended it and all your sessions. Your cards go on working. Make a new passkey, or call us at the number on your card.
passkeys-message-all-ended = Your passkeys were ended
passkeys-message-all-ended-text = As you asked on the phone or at a branch, we ended all your passkeys and signed you out everywhere. Your cards go on working. To sign in again, ask us for a code by letter. If this was not you, call us at the number on your card.
passkeys-message-browser = Signed in from a new browser
passkeys-message-browser-text = Somebody signed in with your passkey in a browser that we had not seen before: { $browser }. If this was not you, end that session under passkeys and sessions, and call us at the number on your card.
passkeys-manage = Manage
passkeys-sessions-count = { $count ->
    [one] You are signed in in one browser.
   *[other] You are signed in in { $count } browsers.
}
passkeys-of-customer = Passkeys of the customer
passkeys-of-customer-count = { $count ->
    [0] The customer has no passkey.
    [one] The customer has one passkey.
   *[other] The customer has { $count } passkeys.
}
passkeys-of-customer-text = Where a phone or key is gone: ends every passkey and signs the customer out everywhere. It can't be undone; a code by letter makes a new passkey.
passkeys-of-customer-end = End all passkeys
passkeys-sign-add = Add a passkey
passkeys-sign-add-name = Its name
passkeys-sign-add-made-with = Made with
passkeys-sign-add-can-sync = Kept in step over several devices
passkeys-sign-end = Take a passkey away
passkeys-sign-end-name = Its name
passkeys-sign-end-made-with = Made with
audit-passkeys-made = { $actor } made a further passkey, which waits for a signature: { $subject }
