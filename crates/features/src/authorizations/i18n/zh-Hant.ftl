# 稽核日誌中關於授權的說明
audit-authorizations-batch-decided = { $actor } 提交了授權請求，由引擎作出決定
audit-authorizations-hold-captured = { $actor } 將帳戶 { $subject } 的一筆凍結額度入帳
audit-authorizations-holds-expired = { $actor } 釋放了帳戶 { $subject } 已到期的凍結額度
audit-authorizations-fraud-reported = { $actor } 標記了授權 { $subject } 是否為詐欺
