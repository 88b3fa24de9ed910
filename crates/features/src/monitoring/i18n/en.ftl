monitoring-nav-live = x
