pragma foreign_keys = off;
begin;

CREATE TABLE node (
    one                 integer primary key check (one = 1),
    id                  blob    not null check (length(id) = 16),   -- random, drawn with the file
    currency_label      text    not null,                           -- ISO 4217, settled when the file is made
    currency_exponent   integer not null check (currency_exponent between 0 and 4),
    hlc                 integer not null default 0,                 -- greatest clock reading received from elsewhere
    require_version     integer not null default 0 check (require_version in (0, 1)),
                                                                    -- 1: a write that names no version is refused
    replaying           integer not null default 0 check (replaying in (0, 1)),
                                                                    -- 1 only inside a transaction that may rewrite the ledger
    scrub_due           integer not null default 0 check (scrub_due in (0, 1)),
                                                                    -- 1: pages still hold bytes of what was erased
    seal                integer not null                            -- of id, currency and require_version
) strict;

CREATE TABLE incarnation (
    key                 integer primary key,
    node                blob    not null check (length(node) = 16),
    number              integer not null check (number >= 0),       -- random
    follows_number      integer,                                    -- the incarnation before it on the same file,
    follows_seq         integer,                                    -- its last operation's number
    follows_hash        blob,                                       -- and hash; null for the file's first
    seq                 integer not null default 0,                 -- head of the chain: number
    hash                blob    not null,                           -- and hash of its last operation,
    hlc                 integer not null default 0,                 -- and its clock reading
    unique (node, number)
) strict;

CREATE TABLE operation (
    incarnation_key     integer not null references incarnation (key),
    seq                 integer not null check (seq > 0),
    schema              integer not null,                           -- schema version of the author
    hlc                 integer not null,                           -- clock reading of the author
    customer_key        integer references customer (key),          -- whose personal part it is, if it has one
    facts               text    not null,                           -- JSON: ids, kinds, amounts, times; never erased
    salt                blob,                                       -- 16 random bytes; null when erased or without personal part
    personal            text,                                       -- JSON: names, numbers, notes; null likewise
    personal_hash       blob,                                       -- BLAKE3(salt, personal); null without personal part
    hash                blob    not null check (length(hash) = 32),
    primary key (incarnation_key, seq)
) strict, without rowid;

CREATE TABLE customer (
    key                 integer primary key,                        -- local, never leaves the file
    id                  text    not null unique,
    state               integer not null default 0 check (state in (0, 1, 2)),  -- 0 live, 1 deleted, 2 erased
    external_id         text,                                       -- id in an outside system; a claim
    standing            text    not null default 'active' check (standing in ('active', 'prospect', 'frozen',
                            'inactive', 'dormant', 'denied', 'sanction', 'deceased', 'escheat')),
    ban                 text    not null default 'allowed' check (ban in ('allowed', 'suspended', 'banned')),
    activation_at       integer,                                    -- not usable before
    expiration_at       integer,                                    -- not usable after
    first_name          text,
    middle_name         text,
    last_name           text,
    full_name           text,                                       -- only where it differs from the computed one
    gender              text    check (gender in ('male', 'female')),
    birth_date          text,                                       -- yyyy-MM-dd
    email               text,
    phone               text,
    ssn_last4           text    check (length(ssn_last4) = 4),      -- never more of it
    ssn_source          text    check (ssn_source in ('manual', 'prefill')),
    is_company          integer not null default 0 check (is_company in (0, 1)),
    company_name        text,
    company_crn         text,
    company_vat_id      text,
    company_tax_id      text,
    primary_address_id  text,                                       -- of the customer's addresses, or none
    delivery_address_id text,
    discount_rate       integer not null default 0,                 -- percent in millionths: 10 % = 10000000
    credit_rate         integer not null default 0,                 -- fraction in millionths: 5 % = 50000
    credit_line         integer not null default 0 check (credit_line >= 0),    -- how far below zero the balance may go
    note                text,
    meta                text    not null default '{}',              -- JSON object
    ext                 text    not null default '{}',              -- JSON object: fields of newer versions, carried unread
    version             integer not null default 0,                 -- this node's own count of visible changes
    created_at          integer not null,                           -- least clock reading applied
    changed_at          integer not null,                           -- greatest clock reading applied
    stamp               text    not null,                           -- of every register that is set and not listed in `stamps`
    stamps              text    not null default '{}',              -- JSON object: register -> stamp
    seal                integer not null default 0,                 -- of the columns above but version and times
    touch_seal          integer not null default 0,                 -- of key, state, version, times and balance
    -- Derived by this node from the columns above and from the ledger:
    credit_minor        integer not null default 0,                 -- the balance: sum of credit_transaction.effect_minor
    display_name        text    not null,                           -- full_name, else first and last name, else the company's
    first_name_folded   text,                                       -- without case and accents, for sorting
    last_name_folded    text,
    display_name_folded text    not null,
    company_name_folded text,
    email_folded        text,
    phone_digits        text,
    search_text         text    not null                            -- the searched fields, folded, a line each
) strict;

CREATE TABLE address (
    customer_key        integer not null references customer (key),
    id                  text    not null,
    removed             integer not null default 0 check (removed in (0, 1)),   -- 1: a tombstone, all else is null
    name                text,
    line1               text,
    line2               text,
    city                text,
    state               text,
    postal_code         text,
    country             text,
    latitude            text,                                       -- decimal text as received
    longitude           text,
    note                text,
    ext                 text    not null default '{}',
    stamp               text    not null,
    seal                integer not null,
    primary key (customer_key, id)
) strict, without rowid;

CREATE TABLE card (
    customer_key        integer not null references customer (key),
    serial_number       text    not null,
    removed             integer not null default 0 check (removed in (0, 1)),   -- 1: a tombstone, all else is default
    external_id         text,
    is_active           integer not null default 1 check (is_active in (0, 1)),
    is_virtual          integer not null default 0 check (is_virtual in (0, 1)),
    processor           text    not null default 'P',
    status              text    not null default 'valid' check (status in ('not_issued', 'issue_failed',
                            'issue_canceled', 'issue_skipped', 'reissue_requested', 'valid', 'not_yet_valid',
                            'expired', 'blocked', 'dispose_requested', 'disposed')),
    status_at           integer,
    status_reason       text,
    activation_at       integer,
    expiration_at       integer,
    note                text,
    meta                text,                                       -- JSON object
    ext                 text    not null default '{}',
    stamp               text    not null,
    seal                integer not null,
    primary key (customer_key, serial_number)
) strict, without rowid;

CREATE TABLE ban_note (
    id                  text    primary key,
    customer_key        integer not null references customer (key),
    at                  integer not null,
    actor               text,
    text                text    not null,
    ext                 text    not null default '{}',
    seal                integer not null
) strict, without rowid;

CREATE TABLE credit_transaction (
    position            integer primary key,                        -- order of arrival here
    id                  text    not null unique,                    -- made by the caller before the first try
    customer_key        integer not null references customer (key),
    kind                text    not null check (kind in ('deposit', 'withdrawal', 'spend', 'earn', 'refund',
                            'correction', 'reversal', 'expiry', 'merge', 'other')),
    amount_minor        integer not null check (abs(amount_minor) <= 1000000000000),    -- signed; 0 in a reversal
    target_id           text    check ((kind = 'reversal') = (target_id is not null)),  -- what a reversal undoes
    effect_minor        integer not null,                           -- what it moved when it arrived: both halves of a reversed
                                                                    -- pair sum to zero in whichever order they came
    at                  integer not null,                           -- time of business
    balance_after_minor integer not null,                           -- as its author saw it
    node                blob    not null check (length(node) = 16), -- its author
    external_id         text,
    note                text,
    meta                text,                                       -- JSON object
    actor               text,
    paid_minor          integer,                                    -- of an earning by rate: what was paid
    ext                 text    not null default '{}',
    seal                integer not null
) strict;

CREATE TABLE claim (
    kind                text    not null check (kind in ('card', 'external_id')),
    value               text    not null,
    position            integer not null,
    customer_key        integer not null references customer (key),
    seal                integer not null,
    primary key (kind, value, position)
) strict, without rowid;

CREATE TABLE conflict (
    id                  text    primary key,
    kind                text    not null,
    value               text,                                       -- the value claimed twice, or the transaction in question
    customer_id         text    not null,                           -- whom it concerns
    owner_id            text,                                       -- who owns the value
    at                  integer not null,
    resolved_at         integer,
    resolution          text    check (resolution in ('merged', 'released', 'kept')),
    seal                integer not null
) strict, without rowid;

CREATE TABLE import_row (
    batch               text    not null,
    customer_key        integer not null references customer (key),
    version             integer not null,                           -- the customer's when the import was done with it
    seal                integer not null,
    primary key (batch, customer_key)
) strict, without rowid;

CREATE TABLE key (
    id                  text    not null primary key,               -- the public half
    name                text    not null,
    rights              text    not null,                           -- words, a space between them
    secret_hash         blob    not null check (length(secret_hash) = 32),  -- SHA-256 of the secret half
    nws4_secret         text,                                       -- the secret half itself: only of a key that signs
    kind                text    not null check (kind in ('bearer', 'nws4')),
    created_at          integer not null,
    revoked_at          integer,                                    -- no use since then
    seal                integer not null,
    check ((nws4_secret is not null) = (kind = 'nws4' and revoked_at is null))
) strict, without rowid;

CREATE TABLE answer (
    key_id              text    not null references key (id),       -- who asked
    idempotency_key     text    not null,                           -- chosen by whoever asked
    request             blob    not null check (length(request) = 32),  -- hash of method, path, query and body
    status              integer not null,
    headers             text    not null,                           -- JSON: a list of [name, value]
    body                blob    not null,
    at                  integer not null,
    seal                integer not null,
    primary key (key_id, idempotency_key)
) strict;

CREATE TABLE answer_customer (
    customer_id         text    not null,
    key_id              text    not null,
    idempotency_key     text    not null,
    seal                integer not null,
    primary key (customer_id, key_id, idempotency_key),
    foreign key (key_id, idempotency_key) references answer (key_id, idempotency_key) on delete cascade
) strict, without rowid;

insert into node (one, id, currency_label, currency_exponent, hlc, require_version, replaying, scrub_due, seal) values (1, X'C15C0289EC2D0A9167EC8E65A18DEBBE', 'EUR', 2, 115819728076800000, 0, 0, 0, -1790607491881278088);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc) values (1, X'C15C0289EC2D0A9167EC8E65A18DEBBE', 8955919645141445295, NULL, NULL, NULL, 9, X'01E7A5E422AA681293AD8DA008075C33A1113EF59246C577BF85474F890EE2C7', 115819728076800008);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc) values (2, X'CE56971CDE355897421EFC0B1046C8BF', 5493791624070637975, NULL, NULL, NULL, 1, X'9E859ECE63C6EEA079902D95B8B97999011129464C12C5A78D8141538E8AC733', 115819728076800000);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc) values (3, X'C15C0289EC2D0A9167EC8E65A18DEBBE', 1046394712501569526, 8955919645141445295, 9, X'01E7A5E422AA681293AD8DA008075C33A1113EF59246C577BF85474F890EE2C7', 2, X'5B91A4DD45D78344F0B2CF349A24CE0F0402DA4688B5B15E5D6F65A5268205BA', 115819728076800010);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (1, 1, 1, 115819728076800000, 1, '[{"change":"create","customer":"ada","fields":{"credit_line":1000,"primary_address_id":"home"}},{"change":"address.set","customer":"ada","fields":{"id":"home"}},{"change":"card.set","customer":"ada"},{"change":"card.set","customer":"ada"}]', X'0BC942EE9086C171B9B501D1D854BB71', '[{"birth_date":"1980-02-29","company":{"name":"Ada & daughters"},"email":"ada@example.org","external_id":"E-1","first_name":"Ľubomíra","last_name":"O''Neil","meta.size":1.10,"note":"line one\nline two","phone":"0905 123 456"},{"line1":"Main Street 1"},{"serial_number":"007"},{"note":"spare","serial_number":"8"}]', X'7DF97B790449333DDF29B317327E22E61CEECA6275E74A0612D695F9FF8C1A75', X'CFB5765388A67DDEEA1C15C7E0F732384AC423B044A927B021E97D14B772F7C2');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (1, 2, 1, 115819728076800001, 1, '[{"change":"ban_note","customer":"ada","fields":{"at":1767268800000,"id":"019b796d-d600-7002-9590-ff0b4dc3a53c"}}]', X'758527120FBBE785A83D7E35DE181749', '[{"text":"shouts"}]', X'20129F894756B1D6BAAD8889288E44E04CC2B3AA78A7D4160F668FACFEC9A42B', X'2A197F18AE46F31268471E50E05AFDE847272F93FF814F9DC447126EAA88AA9A');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (1, 3, 1, 115819728076800002, NULL, '[{"change":"credit","customer":"ada","fields":{"amount":1250,"at":1767268800000,"balance_after":1250,"id":"019b796d-d600-7667-a174-8e5c43cb614f","kind":"deposit"}}]', NULL, NULL, NULL, X'A49C8703FE7432DBA249ED731410A511E0F82B061BB997BB768B98453ACCD914');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (1, 4, 1, 115819728076800003, NULL, '[{"change":"credit","customer":"ada","fields":{"amount":0,"at":1767268800000,"balance_after":0,"id":"019b796d-d600-7e8b-8f14-4dd4fc9ac05d","kind":"reversal","target":"019b796d-d600-7667-a174-8e5c43cb614f"}}]', NULL, NULL, NULL, X'C6E16CBAB862A0FF79575BAFD2094D96E7B2559597923DFF8245056BAC7E8047');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (1, 5, 1, 115819728076800004, NULL, '[{"change":"credit","customer":"ada","fields":{"amount":-300,"at":1767268800000,"balance_after":-300,"id":"019b796d-d600-7aa2-9790-d641b387a857","kind":"spend"}}]', NULL, NULL, NULL, X'72ED4A1E798E5CA71A7A91F77D59B3940E5E2D4B8286B5E9F4168CBB4515A732');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (1, 6, 1, 115819728076800005, 2, '[{"change":"create","customer":"bob"},{"change":"card.set","customer":"bob"}]', X'3B4A79A517CEC22A630BFDB7A6A634A5', '[null,{"serial_number":"9"}]', X'CB4905414F30E3D178254E7B8F7384C446D319FAF7F37F5CBFE784DE5ED979D5', X'2BFA9F5E6315DD7BCF1737D93BB6479F2B3E11620A482BF629245E1C7B0007EC');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (1, 7, 1, 115819728076800006, 3, '[{"change":"create","customer":"cyd"},{"change":"card.set","customer":"cyd"}]', NULL, NULL, X'272928C6EC8FAFE7F46A59803BD67B79B9E71B8604866B63CF0DAE55235971BD', X'51F1C16CD5F96EC2BC048A9D32F5D406428C3C516A55366D300768773F55CDBF');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (1, 8, 1, 115819728076800007, NULL, '[{"change":"delete","customer":"bob"}]', NULL, NULL, NULL, X'CC0CBDCE18EC5D24D6EF8450352FBEC8D023CD51056295CCE9E49057DEA2BCC1');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (1, 9, 1, 115819728076800008, NULL, '[{"change":"erase","customer":"cyd"}]', NULL, NULL, NULL, X'01E7A5E422AA681293AD8DA008075C33A1113EF59246C577BF85474F890EE2C7');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (2, 1, 1, 115819728076800000, 4, '[{"change":"create","customer":"dan"},{"change":"card.set","customer":"dan"}]', X'64F6E7FF7A82F2C329FB173FB546C44F', '[null,{"serial_number":"007"}]', X'C0B977D8C865ABD0C74D79DA3D1EF3EF227D1916159ADA377EBACBB21B36303D', X'9E859ECE63C6EEA079902D95B8B97999011129464C12C5A78D8141538E8AC733');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (3, 1, 1, 115819728076800009, 1, '[{"change":"set","customer":"ada"}]', X'89A9817B8A6F46B301DD50D0A6E8EB9C', '[{"middle_name":"of Byron"}]', X'3AE8E0D04DB15C86173F3EA28F7DB9D857E9526C9B43AC6177239E2B95BAF95A', X'D4E25EC0C5A60412C9CB7B0A6277D503E12BFF1EFD200B5A41A5678870DC4B6F');
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash) values (3, 2, 1, 115819728076800010, 5, '[{"change":"create","customer":"imported"}]', X'169285DC210D83E37AEE49C8E044B67D', '[{"last_name":"Novák"}]', X'8FC20BE40CBF5B93AB52872582CF6068EA392DB994DAD72971E1486C13B66280', X'5B91A4DD45D78344F0B2CF349A24CE0F0402DA4688B5B15E5D6F65A5268205BA');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (1, 'ada', 0, 'E-1', 'active', 'allowed', NULL, NULL, 'Ľubomíra', 'of Byron', 'O''Neil', NULL, NULL, '1980-02-29', 'ada@example.org', '0905 123 456', NULL, NULL, 0, 'Ada & daughters', NULL, NULL, NULL, 'home', NULL, 0, 0, 1000, 'line one
line two', '{"size":1.10}', '{}', 6, 1767268800000, 1767268800000, '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', '{"middle_name":"019b796dd6000009c15c0289ec2d0a9167ec8e65a18debbe"}', -6686154988225296477, -4959794198867782807, -300, 'Ľubomíra O''Neil', 'lubomira', 'o''neil', 'lubomira o''neil', 'ada & daughters', 'ada@example.org', '0905123456', 'lubomira
o''neil
ada & daughters
line one line two');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (2, 'bob', 1, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 2, 1767268800000, 1767268800000, '019b796dd6000005c15c0289ec2d0a9167ec8e65a18debbe', '{"deleted":"019b796dd6000007c15c0289ec2d0a9167ec8e65a18debbe"}', -5231769936891657806, 5220059049969582990, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (3, 'cyd', 2, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 2, 1767268800000, 1767268800000, '019b796dd6000008c15c0289ec2d0a9167ec8e65a18debbe', '{}', 7441517367159970126, 515162853815837721, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (4, 'dan', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 1, 1767268800000, 1767268800000, '019b796dd6000000ce56971cde355897421efc0b1046c8bf', '{}', -9043009702845140993, 4861627807508315867, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (5, 'imported', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, 'Novák', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 1, 1767268800000, 1767268800000, '019b796dd600000ac15c0289ec2d0a9167ec8e65a18debbe', '{}', -3325767690175971632, -3523510959583036177, 0, 'Novák', NULL, 'novak', 'novak', NULL, NULL, NULL, 'novak');
insert into address (customer_key, id, removed, name, line1, line2, city, state, postal_code, country, latitude, longitude, note, ext, stamp, seal) values (1, 'home', 0, NULL, 'Main Street 1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', -7130885259848762418);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (1, '007', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', -3460178718257608562);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (1, '8', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, 'spare', NULL, '{}', '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', 4109495334041528242);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (2, '9', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000005c15c0289ec2d0a9167ec8e65a18debbe', 8314383903104174052);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (4, '007', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000000ce56971cde355897421efc0b1046c8bf', 6049992279312214320);
insert into ban_note (id, customer_key, at, actor, text, ext, seal) values ('019b796d-d600-7002-9590-ff0b4dc3a53c', 1, 1767268800000, NULL, 'shouts', '{}', -9011152581786561888);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, ext, seal) values (1, '019b796d-d600-7667-a174-8e5c43cb614f', 1, 'deposit', 1250, NULL, 1250, 1767268800000, 1250, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, '{}', 2916022515192726129);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, ext, seal) values (2, '019b796d-d600-7e8b-8f14-4dd4fc9ac05d', 1, 'reversal', 0, '019b796d-d600-7667-a174-8e5c43cb614f', -1250, 1767268800000, 0, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, '{}', -522323965551605846);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, ext, seal) values (3, '019b796d-d600-7aa2-9790-d641b387a857', 1, 'spend', -300, NULL, -300, 1767268800000, -300, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, '{}', -1499507173897870136);
insert into claim (kind, value, position, customer_key, seal) values ('card', '007', 1, 1, -1816863910613946122);
insert into claim (kind, value, position, customer_key, seal) values ('card', '007', 2, 4, -2664964417016357056);
insert into claim (kind, value, position, customer_key, seal) values ('card', '8', 1, 1, -4714314719928076237);
insert into claim (kind, value, position, customer_key, seal) values ('external_id', 'E-1', 1, 1, 9102005054934640269);
insert into conflict (id, kind, value, customer_id, owner_id, at, resolved_at, resolution, seal) values ('a2756a87a4a944ea24fc5f984fb0f3cf', 'card', '007', 'dan', 'ada', 1767268800000, NULL, NULL, 1495962523634626622);
insert into import_row (batch, customer_key, version, seal) values ('019b796d-d600-7fc9-ab66-fb64a7129699', 5, 1, 2741188074871668937);
insert into key (id, name, rights, secret_hash, nws4_secret, kind, created_at, revoked_at, seal) values ('5c1cf0654e7ca6b7', 'till', '', X'CB31D4D4B890EF3A5D787CB2DD249D67EC5F34C39334714AEEAEA1A29D30C3A9', 'ea9382616a1284cce67d28e0fa90594ef5b993d4af8b991aa8060ef6c85f4b2c', 'nws4', 1767268800000, NULL, 1016336873266384045);
insert into key (id, name, rights, secret_hash, nws4_secret, kind, created_at, revoked_at, seal) values ('726b03a2b1a976e3', 'office', 'CustomerCreate sync', X'A8C85F6ECF2195E894D6CEBD9049DEB2377B466AC8BD941497079E1432F26282', NULL, 'bearer', 1767268800000, NULL, -504507961564453983);
insert into answer (key_id, idempotency_key, request, status, headers, body, at, seal) values ('726b03a2b1a976e3', 'k', X'17CDD259C015B27B9BC64231583E23109CA53E51CBECD40BC687352E1DD49F72', 201, '[["content-type","application/json"]]', X'7B7D', 1767268800000, -5228027940788617616);
insert into answer_customer (customer_id, key_id, idempotency_key, seal) values ('ada', '726b03a2b1a976e3', 'k', 5416351652359069418);

CREATE INDEX operation_personal on operation (customer_key) where salt is not null;

CREATE INDEX customer_by_creation on customer (created_at, id) where state = 0;

CREATE INDEX customer_by_discount on customer (discount_rate, (standing in ('active', 'prospect')), state,
                            last_name_folded, last_name, created_at, id);

CREATE INDEX ban_note_by_customer on ban_note (customer_key, at);

CREATE INDEX credit_transaction_by_customer on credit_transaction (customer_key, position);
CREATE INDEX credit_transaction_by_time on credit_transaction (at);

CREATE INDEX credit_transaction_by_target on credit_transaction (target_id) where target_id is not null;

CREATE UNIQUE INDEX key_name on key (name) where revoked_at is null;

CREATE INDEX answer_by_time on answer (at);

CREATE INDEX answer_customer_by_answer on answer_customer (key_id, idempotency_key);

CREATE TRIGGER credit_transaction_is_final_1 before update on credit_transaction
when (select replaying from node) = 0
begin select raise(abort, 'a credit transaction is never changed'); end;

CREATE TRIGGER credit_transaction_is_final_2 before delete on credit_transaction
when (select replaying from node) = 0
begin select raise(abort, 'a credit transaction is never deleted'); end;

CREATE TRIGGER credit_transaction_is_final_3 before insert on credit_transaction
when exists (select 1 from credit_transaction where id = new.id or position = new.position)
 and (select replaying from node) = 0
begin select raise(abort, 'a credit transaction is never replaced'); end;

CREATE TRIGGER answer_goes_with_the_erased after update of state on customer
when new.state = 2
begin
    delete from answer
     where (key_id, idempotency_key) in (select key_id, idempotency_key
                                           from answer_customer
                                          where customer_id = new.id);
end;

pragma application_id = 1416195180;

pragma user_version = 1;

commit;
