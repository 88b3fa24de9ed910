# The cardholder's first page and list
home-nav = Home
home-nav-transactions = Transactions
home-title = Home
home-greeting-morning = Good morning, { $name }
home-greeting-afternoon = Good afternoon, { $name }
home-greeting-evening = Good evening, { $name }
home-as-of = As of { $time }
home-accounts = Accounts
home-balance = Available credit · Owed now
home-available = Available credit
home-limit = Credit limit
home-posted = Posted
home-held = On hold
home-held-note = not yet posted
home-free = Available
home-over = More is used than the limit; new payments will be declined.
home-bar = Credit limit { $limit }: posted { $posted }, on hold { $held }, available { $available }
home-owed = Owed now
home-credit = In your favour
home-both = Both together
home-no-holds = Nothing is waiting to be posted.
home-holds-until = A hold becomes owed when the shop posts it; one that is never posted is released, the first on { $date }.
home-no-account = No account yet
home-no-account-text = Once your account is open, your credit and transactions will be here.
home-holds = { $count ->
    [one] { $count } payment
   *[other] { $count } payments
}
home-calls = Is somebody calling you? See whether it's us
