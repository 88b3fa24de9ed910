# Places in the menu
monitoring-nav-live = Live
monitoring-nav-alerts = Alerts

# The live wall
monitoring-live-title = Live authorizations
monitoring-every-second = every second
monitoring-refresh = Refresh
monitoring-ranges = How far back
monitoring-range-15m = 15 min
monitoring-range-1h = 1 h
monitoring-range-24h = 24 h
monitoring-span-15m = 15 min
monitoring-span-1h = 1 hour
monitoring-span-24h = 24 hours
monitoring-kpi-rate = Authorizations a second
monitoring-unit-second = /s
monitoring-kpi-approved = Approved
monitoring-kpi-latency = Time to decide (ms)
monitoring-kpi-alerts = Open alerts
monitoring-kpi-engine = Engine
monitoring-usual-rate = Usual at this hour of the week: { $value }
monitoring-before-rate = The { $range } before: { $value }
monitoring-no-usual = What is usual isn't known yet
monitoring-approved-of = last { $range }
monitoring-approved-usual = last { $range }; usual { $value }
monitoring-approved-before = last { $range }; before { $value }
monitoring-budget = Budget: p99 within { $ms }
monitoring-alerts-oldest = oldest { $age }; limit { $limit }
monitoring-alerts-none = Nothing waits
monitoring-engine-on = Running
monitoring-engine-off = Stopped
monitoring-engine-unknown = –
monitoring-engine-rules = Rule set { $number }
monitoring-engine-behind = { $count } batches to count
monitoring-engine-dropped = { $count } left out of the figures

# What charts say
monitoring-declines-idle = No authorizations in this time
monitoring-declines-none = Nothing was declined
monitoring-declines-share = Declined: { $share }
monitoring-declines-steady = Declines steady, { $share }
monitoring-declines-up = Declines up to { $now }, from { $before }; most of it: { $family }
monitoring-declines-down = Declines down to { $now }, from { $before }
monitoring-declines-wave-stopped = Declines: { $reason } from { $time }, stopped by rule “{ $rule }”
monitoring-declines-wave = Declines: { $reason } from { $time }, seen by rule “{ $rule }”
monitoring-rate-idle = No authorizations now
monitoring-rate-steady = Rate is steady: { $now } a second
monitoring-rate-up = Rate up: { $before } to { $now } a second
monitoring-rate-down = Rate down: { $before } to { $now } a second
monitoring-latency-idle = No times measured yet
monitoring-latency-within = p99 stayed under its budget of { $ms } ms
monitoring-latency-exceeded = p99 was over its budget at { $time }, up to { $worst } ms
monitoring-latency-exceeds = p99 is over its budget since { $time }, up to { $worst } ms
monitoring-per-minute-by-reason = a minute, by reason
monitoring-per-second = a second
monitoring-milliseconds = milliseconds
monitoring-budget-line = budget { $ms }
monitoring-mark = { $rule } from { $time }
monitoring-reason = Reason

# Families of reasons
monitoring-family-approved = Approved
monitoring-family-limit = Over the limit
monitoring-family-unusable = Card can't be used
monitoring-family-proof = Wrong security code
monitoring-family-control = Switched off by customer
monitoring-family-risk = Risk rule

# Places and merchant classes
monitoring-places = Places
monitoring-places-note = Rows more than { $share } away carry the word “unusual”.
monitoring-places-foot = These are totals; a single payment is seen in its alert.
monitoring-places-empty = Nothing in this time
monitoring-place-online-home = Online, domestic
monitoring-place-online-abroad = Online, abroad
monitoring-place-other = Elsewhere
monitoring-place = Place
monitoring-class = Merchant class
monitoring-classes = Merchant classes
monitoring-class-other = Not said
monitoring-per-minute = A minute
monitoring-against-usual = Against usual
monitoring-against-before = Against the { $range } before
monitoring-against-nothing = Change
monitoring-main-reason = Main reason declined
monitoring-level = level
monitoring-unusual = unusual

# Alerts
monitoring-alerts-title = Alerts
monitoring-alerts-all = All { $count }
monitoring-alerts-empty = No alerts to work on
monitoring-alerts-empty-text = New ones appear here by themselves.
monitoring-alerts-closed-empty = Nothing was closed yet
monitoring-alerts-closed-empty-text = What an alert turned out to be will stand here.
monitoring-alerts-open = Open
monitoring-alerts-closed = Closed
monitoring-alerts-more = Older
monitoring-alert-merchant = { $reason }: { $count ->
    [one] 1 try
   *[other] { $count } tries
} at { $merchant }
monitoring-alert-account = { $reason }: { $merchant }
monitoring-alert-account-many = { $reason }: { $count } payments of one account
monitoring-alert-latency = p99 over its budget: { $worst } ms
monitoring-alert-declines = Declines rose to { $worst }
monitoring-alert-range = Somebody tries card numbers that begin with { $range }
monitoring-alert-text-rule = Rule “{ $rule }”.
monitoring-alert-text-stopped = None passed.
monitoring-alert-text-passed = { $count ->
    [one] 1 passed.
   *[other] { $count } passed.
}
monitoring-alert-text-last = Last at { $time }.
monitoring-alert-text-latency = Budget { $bound } ms; { $count ->
    [one] over it for 1 minute.
   *[other] over it for { $count } minutes.
}
monitoring-alert-text-declines = { $bound } in the hour before; { $count ->
    [one] so for 1 minute.
   *[other] so for { $count } minutes.
}
monitoring-alert-text-range = { $bound } guesses failed; { $count ->
    [one] so for 1 minute.
   *[other] so for { $count } minutes.
}
monitoring-alert-owner = Owner { $name }
monitoring-alert-nobody = Nobody has it
monitoring-alert-unnamed = unnamed merchant
monitoring-alert-mine = Yours
monitoring-alert-known = What is known
monitoring-alert-act = Do
monitoring-alert-take = Take
monitoring-alert-take-over = Take over
monitoring-alert-close = Close
monitoring-alert-what = What was it?
monitoring-alert-payments = Payments
monitoring-alert-payment = Payment
monitoring-alert-when = When
monitoring-alert-result = Result
monitoring-alert-account-column = Account
monitoring-alert-passed = Approved
monitoring-alert-declined = Declined
monitoring-alert-newest = The newest { $shown } of { $count }
monitoring-alert-merchant-name = Merchant
monitoring-alert-owner-name = In whose hands
monitoring-alert-state = State
monitoring-alert-back = All alerts
monitoring-alert-opened = Opened
monitoring-alert-closed-at = Closed { $time }: { $outcome }
monitoring-state-open = Open
monitoring-state-seen = In hand
monitoring-state-closed = Closed
monitoring-outcome-fraud = Fraud
monitoring-outcome-genuine = Genuine
monitoring-outcome-unclear = Unclear
monitoring-outcome-fraud-note = Its payments are labelled as fraud; rules learn from it.
monitoring-outcome-genuine-note = Its payments are labelled as genuine.
monitoring-outcome-unclear-note = No payment gets a label.

# Reasons of rules
monitoring-reason-none = Unlike the customer
monitoring-reason-suspected_fraud = Unlike the customer
monitoring-reason-velocity = Too many in a short time
monitoring-reason-card_testing = Card testing
monitoring-reason-unusual_place = Unusual place
monitoring-reason-unusual_amount = Unusual amount
monitoring-reason-terminal_risk = Terminal with a fraud record
monitoring-reason-merchant_risk = Merchant with a fraud record
monitoring-reason-lost_card = Card perhaps in other hands
monitoring-reason-account_takeover = Account perhaps in other hands

# Sentences of the audit log
audit-monitoring-alert-opened = { $actor } opened alert { $subject }
audit-monitoring-alert-read = { $actor } looked at alert { $subject }
audit-monitoring-alert-joined = { $actor } added to alert { $subject }
audit-monitoring-alert-taken = { $actor } took alert { $subject }
audit-monitoring-alert-closed = { $actor } closed alert { $subject }
audit-monitoring-payment-labelled = { $actor } labelled payments of { $subject }
