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
    last_incarnation    integer,                                    -- the incarnation this file has written last
    parent              blob    check (length(parent) = 16),        -- whose copy this node is; null at a root
    cursor              text,                                       -- how far into the parent's feed that copy goes
    stage_cursor        text,                                       -- how far what is staged goes
    stage_full          integer not null default 0 check (stage_full in (0, 1)),
                                                                    -- 1: what is not staged is not there any more,
    stage_buckets       blob    check (length(stage_buckets) = 128),  -- among these buckets; null: among all
    root                blob    check (length(root) = 16),          -- the root of the tree; null if it is this node
    root_epoch          integer not null default 0,                 -- rises when the root was restored from a backup
    root_mark           integer not null default 0,                 -- the root's feed number behind that copy,
    root_at             integer not null default 0,                 -- and the root's time
    proved_at           integer,                                    -- when the copy was last proved equal, by our clock
    n_published         integer not null default 0,                 -- how often it was renewed
    parent_pin          blob    check (length(parent_pin) = 32),    -- SHA-256 of the public key that the parent has proved to have
    clock_offset_ms     integer,                                    -- what is to be added to our clock to have the parent's
    trouble             text,                                       -- why the last try to hear from the parent failed,
    trouble_at          integer,                                    -- and since when that is so; null after a success
    version_floor       integer not null default 0,                 -- the greatest version of a customer that has vanished
    has_children        integer not null default 0 check (has_children in (0, 1, 2)),
                                                                    -- 1: the feed is being filled, 2: it is whole
    feed_next           integer not null default 1,                 -- the next number of the feed
    feed_forgotten      integer not null default 0,                 -- up to here, what is gone may be missing in the feed
    token_secret        blob    check (length(token_secret) = 32),  -- random: what page tokens are sealed with; null before the first
    place_seal          integer not null default 0,                 -- of last_incarnation, parent, version_floor and all that is of the root
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
    position            integer not null default 0,                 -- and its place in the order of arrival
    included_seq        integer not null default 0,                 -- how far it is in our copy of the parent's state
    parent_seq          integer not null default 0,                 -- how far the parent has it
    root_seq            integer not null default 0,                 -- how far the root has it
    pruned_seq          integer not null default 0,                 -- up to here the operations themselves are gone,
    pruned_hash         blob,                                       -- and the hash of the last one of those
    refused             text,                                       -- why the parent does not take what it lacks; null when it does
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
    position            integer not null default 0,                 -- order of arrival here
    state               integer not null default 0 check (state in (0, 1, 2)),
                                                                    -- 0 applied; 1 without effect: cannot be applied;
                                                                    -- 2 without effect: does not hash to what it says
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

CREATE TABLE debt_account (
    customer_key        integer not null references customer (key),
    id                  text    not null,
    removed             integer not null default 0 check (removed in (0, 1)),   -- 1: a tombstone, all else is default
    external_id         text,                                       -- a claim
    parent_id           text,                                       -- another account of the customer
    location_id         text,                                       -- as written: it may be gone
    account_number      text,                                       -- in an outside system
    billing_types       text    not null default '[]',              -- JSON list of words
    balance_minor       integer not null default 0 check (balance_minor >= 0),  -- what was placed
    current_balance_minor integer not null default 0 check (current_balance_minor >= 0),
    meta                text,                                       -- JSON object
    created_at          integer not null default 0,
    ext                 text    not null default '{}',
    stamp               text    not null,
    seal                integer not null,
    primary key (customer_key, id)
) strict, without rowid;

CREATE TABLE location (
    key                 integer primary key,                        -- local, never leaves the file
    id                  text    not null unique,
    state               integer not null default 0 check (state in (0, 1)),     -- 0 live, 1 deleted
    name                text    not null default '',                -- with the type a claim
    type                text    not null default 'original_creditor' check (type in ('original_creditor',
                            'current_creditor', 'product_type')),
    external_id         text,                                       -- a claim
    parent_id           text,
    meta                text    not null default '{}',              -- JSON object
    created_at          integer not null,
    changed_at          integer not null,
    ext                 text    not null default '{}',
    stamp               text    not null,
    stamps              text    not null default '{}',              -- of registers written later: JSON, name to stamp
    seal                integer not null
) strict;

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
    on_sight            integer not null default 0 check (on_sight in (0, 1)),
                                                                    -- 1: taken against the balance that a node with a
                                                                    -- parent saw, while others could spend it, too
    ext                 text    not null default '{}',
    seal                integer not null
) strict;

CREATE TABLE claim (
    kind                text    not null check (kind in ('card', 'external_id', 'debt_account', 'location_external_id',
                            'location_name')),
    value               text    not null,
    position            integer not null,
    customer_key        integer references customer (key),
    location_key        integer references location (key),
    seal                integer not null,
    primary key (kind, value, position),
    check ((customer_key is null) = (kind in ('location_external_id', 'location_name'))),
    check ((customer_key is null) = (location_key is not null))
) strict, without rowid;

CREATE TABLE conflict (
    id                  text    primary key,
    kind                text    not null,
    value               text,                                       -- the value claimed twice, or the transaction in question
    customer_id         text,                                       -- whom it concerns, if that can be told
    location_id         text,                                       -- or which location
    owner_id            text,                                       -- the customer or location that owns the value
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

CREATE TABLE bulk (
    id                  text    primary key,
    key_id              text    references key (id),                -- who sent it; null: an import
    at                  integer not null,
    n_rows              integer not null,
    done_at             integer,                                    -- null: some rows wait
    seal                integer not null
) strict, without rowid;

CREATE TABLE bulk_row (
    bulk_id             text    not null references bulk (id) on delete cascade,
    position            integer not null,                           -- from 1
    payload             text,                                       -- as it was sent; null: nothing was wrong with it
    errors              text,                                       -- JSON; null while it waits, and if nothing is wrong
    customer_id         text,                                       -- whom it tells of, once that is known
    seal                integer not null,
    primary key (bulk_id, position)
) strict, without rowid;

CREATE TABLE base (
    kind                text    not null,
    ref                 text    not null,
    hash                blob    check (length(hash) = 16),          -- null: the parent has no such unit
    image               text,                                       -- JSON; null with a hash: an erase here took the words
    seal                integer not null,
    primary key (kind, ref)
) strict, without rowid;

CREATE TABLE feed (
    number              integer primary key,
    kind                text    not null,
    ref                 text    not null,
    hash                blob    check (length(hash) = 16),          -- of the unit as it is; null: it is gone
    unique (kind, ref)
) strict;

CREATE TABLE feed_opening (
    first_number        integer primary key,
    incarnation         integer not null
) strict;

CREATE TABLE digest (
    side                integer not null check (side in (0, 1)),    -- 0 what this node shows, 1 its copy of the parent's
    kind                text    not null,
    sum                 blob    not null check (length(sum) = 16),
    n_units             integer not null,
    primary key (side, kind)
) strict, without rowid;

CREATE TABLE stage (
    kind                text    not null,
    ref                 text    not null,
    image               text,                                       -- null: gone
    primary key (kind, ref)
) strict, without rowid;

CREATE TABLE child (
    node                blob    primary key check (length(node) = 16),
    via                 blob    check (length(via) = 16),           -- the child it is below; null: it comes itself
    key_id              text    references key (id),                -- with which key
    incarnation         integer,                                    -- the opening that writes now, by its last hello
    first_at            integer not null,
    seen_at             integer not null,
    root_mark           integer not null default 0,                 -- the root's feed number behind what it shows
    cursor_number       integer not null default 0,                 -- how far it has read the feed, at least
    n_named             integer not null default 0,                 -- how often another child has named it since it was
                                                                    -- heard of itself
    is_shut             integer not null default 0 check (is_shut in (0, 1))
                                                                    -- 1: a person has shut it out
) strict, without rowid;

CREATE TABLE child_chain (
    node                blob    not null check (length(node) = 16),
    incarnation_key     integer not null references incarnation (key),
    is_named            integer not null check (is_named in (0, 1)),  -- 1: it has named it in its last hello
    primary key (node, incarnation_key)
) strict, without rowid;

CREATE TABLE root_day (
    day                 integer not null,                           -- days since 1970 UTC
    incarnation_key     integer not null references incarnation (key),
    seq                 integer not null,
    seal                integer not null,
    primary key (incarnation_key, day)
) strict, without rowid;

insert into node (one, id, currency_label, currency_exponent, hlc, require_version, replaying, scrub_due, last_incarnation, parent, cursor, stage_cursor, stage_full, stage_buckets, root, root_epoch, root_mark, root_at, proved_at, n_published, parent_pin, clock_offset_ms, trouble, trouble_at, version_floor, has_children, feed_next, feed_forgotten, token_secret, place_seal, seal) values (1, X'C15C0289EC2D0A9167EC8E65A18DEBBE', 'EUR', 2, 115819728076800018, 0, 0, 0, 1046394712501569526, X'C725E8B7950ACA06BFD5FE2529FF4FEA', 'c725e8b7950aca06bfd5fe2529ff4fea.4842028753358906207.38', 'c725e8b7950aca06bfd5fe2529ff4fea.4842028753358906207.39', 0, NULL, X'C725E8B7950ACA06BFD5FE2529FF4FEA', 0, 38, 1767268800000, 1767268800000, 2, NULL, NULL, NULL, NULL, 0, 2, 36, 0, NULL, -1526632354136388398, -1790607491881278088);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc, position, included_seq, parent_seq, root_seq, pruned_seq, pruned_hash, refused) values (1, X'C15C0289EC2D0A9167EC8E65A18DEBBE', 8955919645141445295, NULL, NULL, NULL, 13, X'933CB331EBFB0E9E0AB570534C0EE0C6D8B4ED35CBE5406DBED824E09B42B85E', 115819728076800012, 14, 13, 13, 13, 0, NULL, NULL);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc, position, included_seq, parent_seq, root_seq, pruned_seq, pruned_hash, refused) values (2, X'CE56971CDE355897421EFC0B1046C8BF', 5493791624070637975, NULL, NULL, NULL, 1, X'9E859ECE63C6EEA079902D95B8B97999011129464C12C5A78D8141538E8AC733', 115819728076800000, 10, 1, 1, 1, 0, NULL, NULL);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc, position, included_seq, parent_seq, root_seq, pruned_seq, pruned_hash, refused) values (3, X'C15C0289EC2D0A9167EC8E65A18DEBBE', 1046394712501569526, 8955919645141445295, 13, X'933CB331EBFB0E9E0AB570534C0EE0C6D8B4ED35CBE5406DBED824E09B42B85E', 6, X'7A5D260AB83BD87C817E7AF3D9EDF70BCFC3D53CB6CC45E8F29F350703347209', 115819728076800022, 24, 2, 2, 2, 0, NULL, NULL);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc, position, included_seq, parent_seq, root_seq, pruned_seq, pruned_hash, refused) values (4, X'0A0ED6D4F9E00DC84E467D36FB8399EF', 706038809510614041, NULL, NULL, NULL, 4, X'611AF14EF85EE5E2FF95D753C3931DF7BFE004631B0E08F44C0C3882C5CC6B01', 115819728076800018, 20, 3, 3, 3, 0, NULL, NULL);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 1, 1, 115819728076800000, 1, '[{"change":"create","customer":"ada","fields":{"credit_line":1000,"primary_address_id":"home"}},{"change":"address.set","customer":"ada","fields":{"id":"home"}},{"change":"card.set","customer":"ada"},{"change":"card.set","customer":"ada"}]', X'0BC942EE9086C171B9B501D1D854BB71', '[{"birth_date":"1980-02-29","company":{"name":"Ada & daughters"},"email":"ada@example.org","external_id":"E-1","first_name":"Ľubomíra","last_name":"O''Neil","meta.size":1.10,"note":"line one\nline two","phone":"0905 123 456"},{"line1":"Main Street 1"},{"serial_number":"007"},{"note":"spare","serial_number":"8"}]', X'7DF97B790449333DDF29B317327E22E61CEECA6275E74A0612D695F9FF8C1A75', X'CFB5765388A67DDEEA1C15C7E0F732384AC423B044A927B021E97D14B772F7C2', 1, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 2, 1, 115819728076800001, 1, '[{"change":"ban_note","customer":"ada","fields":{"at":1767268800000,"id":"019b796d-d600-7002-9590-ff0b4dc3a53c"}}]', X'758527120FBBE785A83D7E35DE181749', '[{"text":"shouts"}]', X'20129F894756B1D6BAAD8889288E44E04CC2B3AA78A7D4160F668FACFEC9A42B', X'2A197F18AE46F31268471E50E05AFDE847272F93FF814F9DC447126EAA88AA9A', 2, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 3, 1, 115819728076800002, NULL, '[{"change":"credit","customer":"ada","fields":{"amount":1250,"at":1767268800000,"balance_after":1250,"id":"019b796d-d600-7667-a174-8e5c43cb614f","kind":"deposit"}}]', NULL, NULL, NULL, X'A49C8703FE7432DBA249ED731410A511E0F82B061BB997BB768B98453ACCD914', 3, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 4, 1, 115819728076800003, NULL, '[{"change":"credit","customer":"ada","fields":{"amount":0,"at":1767268800000,"balance_after":0,"id":"019b796d-d600-7e8b-8f14-4dd4fc9ac05d","kind":"reversal","target":"019b796d-d600-7667-a174-8e5c43cb614f"}}]', NULL, NULL, NULL, X'C6E16CBAB862A0FF79575BAFD2094D96E7B2559597923DFF8245056BAC7E8047', 4, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 5, 1, 115819728076800004, NULL, '[{"change":"credit","customer":"ada","fields":{"amount":-300,"at":1767268800000,"balance_after":-300,"id":"019b796d-d600-7aa2-9790-d641b387a857","kind":"spend"}}]', NULL, NULL, NULL, X'72ED4A1E798E5CA71A7A91F77D59B3940E5E2D4B8286B5E9F4168CBB4515A732', 5, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 6, 1, 115819728076800005, 2, '[{"change":"create","customer":"bob"},{"change":"card.set","customer":"bob"}]', X'3B4A79A517CEC22A630BFDB7A6A634A5', '[null,{"serial_number":"9"}]', X'CB4905414F30E3D178254E7B8F7384C446D319FAF7F37F5CBFE784DE5ED979D5', X'2BFA9F5E6315DD7BCF1737D93BB6479F2B3E11620A482BF629245E1C7B0007EC', 6, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 7, 1, 115819728076800006, 3, '[{"change":"create","customer":"cyd"},{"change":"card.set","customer":"cyd"}]', NULL, NULL, X'272928C6EC8FAFE7F46A59803BD67B79B9E71B8604866B63CF0DAE55235971BD', X'51F1C16CD5F96EC2BC048A9D32F5D406428C3C516A55366D300768773F55CDBF', 7, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 8, 1, 115819728076800007, NULL, '[{"change":"delete","customer":"bob"}]', NULL, NULL, NULL, X'CC0CBDCE18EC5D24D6EF8450352FBEC8D023CD51056295CCE9E49057DEA2BCC1', 8, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 9, 1, 115819728076800008, NULL, '[{"change":"erase","customer":"cyd"}]', NULL, NULL, NULL, X'01E7A5E422AA681293AD8DA008075C33A1113EF59246C577BF85474F890EE2C7', 9, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 10, 1, 115819728076800009, NULL, '[{"change":"location.set","fields":{"name":"Corner shops"},"location":"019b796d-d600-7865-af73-371863e24687"}]', NULL, NULL, NULL, X'3BE35EDDB5379E14B4D546D4F61A0F0CFC164DC9EEC798982E640ED910D833CD', 11, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 11, 1, 115819728076800010, NULL, '[{"change":"location.set","fields":{"external_id":"L-1","name":"Main Street","parent_id":"019b796d-d600-7865-af73-371863e24687"},"location":"019b796d-d600-7c44-aa5c-3c97d714cd8f"}]', NULL, NULL, NULL, X'A04F8504E2EF82BB9974ADF4A005134204B01D7632F05C2F81F3B233BCFDDDB2', 12, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 12, 1, 115819728076800011, NULL, '[{"change":"location.set","fields":{"name":"Gone"},"location":"019b796d-d600-7c06-b33e-6310841f9fb9"}]', NULL, NULL, NULL, X'497EC5AD147C07DCAE0664EDE12B3D7D8FBB87F1C46077E86B4357090E92F42F', 13, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 13, 1, 115819728076800012, NULL, '[{"change":"location.remove","location":"019b796d-d600-7c06-b33e-6310841f9fb9"}]', NULL, NULL, NULL, X'933CB331EBFB0E9E0AB570534C0EE0C6D8B4ED35CBE5406DBED824E09B42B85E', 14, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (2, 1, 1, 115819728076800000, 4, '[{"change":"create","customer":"dan"},{"change":"card.set","customer":"dan"}]', X'64F6E7FF7A82F2C329FB173FB546C44F', '[null,{"serial_number":"007"}]', X'C0B977D8C865ABD0C74D79DA3D1EF3EF227D1916159ADA377EBACBB21B36303D', X'9E859ECE63C6EEA079902D95B8B97999011129464C12C5A78D8141538E8AC733', 10, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 1, 1, 115819728076800013, 1, '[{"change":"set","customer":"ada"}]', X'89A9817B8A6F46B301DD50D0A6E8EB9C', '[{"middle_name":"of Byron"}]', X'3AE8E0D04DB15C86173F3EA28F7DB9D857E9526C9B43AC6177239E2B95BAF95A', X'03E5C4503D7294C6CFDF2AE8DC231275582F28040FB5A20CA903C1553FF01B57', 15, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 2, 1, 115819728076800014, 5, '[{"change":"create","customer":"imported"}]', X'169285DC210D83E37AEE49C8E044B67D', '[{"last_name":"Novák"}]', X'8FC20BE40CBF5B93AB52872582CF6068EA392DB994DAD72971E1486C13B66280', X'196CC5FB08CF17ABFB310431EA6862678C18B999FF6422F7D4F418E3E2CF8578', 16, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 3, 1, 115819728076800019, NULL, '[{"change":"create","customer":"sue"}]', NULL, NULL, NULL, X'070514366DB427B40CC4C3A0CC62CBE852FC3E2A8F4A9C2CE083D38B64BEDC43', 21, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 4, 1, 115819728076800020, 1, '[{"change":"set","customer":"ada"}]', X'2DCFC2E81EB98696321B25F4D5D8C5D1', '[{"last_name":"Late"}]', X'9FCCC794B26FCEBDA75738DB84C995315C821293C0FEF31EABA0799A12182592', X'0897857EFBBBF869B9F3FE9687D57A055BE5EDBD03819406949EAE2CE59EF3E3', 22, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 5, 1, 115819728076800021, NULL, '[{"change":"credit","customer":"tom","fields":{"amount":5,"at":1767268800000,"balance_after":705,"id":"019b796d-d600-7689-83e0-2c0d8aef9321","kind":"deposit"}}]', NULL, NULL, NULL, X'F015CE8A82A04BDB2EAD021739E17796CA6A60C7B7A1A70E146DBBE91E5E6A1A', 23, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 6, 1, 115819728076800022, 6, '[{"change":"card.remove","customer":"tom"}]', X'D1074534B32FEC3094BF600E63EA579F', '[{"serial_number":"t1"}]', X'938FD54AEA313821A70664AE8A597C294EBEBE978F89CCFAD40E228289137804', X'7A5D260AB83BD87C817E7AF3D9EDF70BCFC3D53CB6CC45E8F29F350703347209', 24, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (4, 1, 1, 115819728076800015, 6, '[{"change":"create","customer":"tom"}]', X'42EAA5E6FF4925AC56390EB22D8725D5', '[{"note":"of the till"}]', X'AD4C3C4644280DE865AC91A274769F711D3F60E1C1866AC076A71E7ECFEB7FA1', X'E9E41F4AB7E9A8B67866F30C795ECF0439C40E1A4BCEE819C3E47DD6487F80F8', 17, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (4, 2, 1, 115819728076800016, 6, '[{"change":"card.set","customer":"tom"}]', X'ECF84CFE97CA8EC93CA4994EA6DA8A48', '[{"serial_number":"t1"}]', X'EEE7108DCD6CC8B1E223257B333BBCE97AB692E8B739C262609EEA5DE51A9499', X'658F665DA0B33CFADD43A99FCC8A3D6C998445B331BA24726E6976A8F38F1DDE', 18, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (4, 3, 1, 115819728076800017, NULL, '[{"change":"credit","customer":"tom","fields":{"amount":700,"at":1767268800000,"balance_after":700,"id":"019b796d-d600-7c12-be5b-6d40999b05f0","kind":"deposit"}}]', NULL, NULL, NULL, X'1C7AD71840F09CFA20D04A1D14F6FD54BA57C9D61F8F033334BC0AD3B250EABD', 19, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (4, 4, 1, 115819728076800018, 6, '[{"change":"set","customer":"tom"}]', X'44BF80C209E72EFFA7579AE75B6F1264', '[{"note":null}]', X'14C06394985C04D16E4302F7EE1E54448E8C2BCC9F81562E4B6BD9AEB0AEF428', X'611AF14EF85EE5E2FF95D753C3931DF7BFE004631B0E08F44C0C3882C5CC6B01', 20, 0);
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (1, 'ada', 0, 'E-1', 'active', 'allowed', NULL, NULL, 'Ľubomíra', 'of Byron', 'Late', NULL, NULL, '1980-02-29', 'ada@example.org', '0905 123 456', NULL, NULL, 0, 'Ada & daughters', NULL, NULL, NULL, 'home', NULL, 0, 0, 1000, 'line one
line two', '{"size":1.10}', '{}', 7, 1767268800000, 1767268800000, '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', '{"last_name":"019b796dd6000014c15c0289ec2d0a9167ec8e65a18debbe","middle_name":"019b796dd600000dc15c0289ec2d0a9167ec8e65a18debbe"}', -8262413502043525728, -6505878122726629507, -300, 'Ľubomíra Late', 'lubomira', 'late', 'lubomira late', 'ada & daughters', 'ada@example.org', '0905123456', 'lubomira
late
ada & daughters
line one line two');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (2, 'bob', 1, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 2, 1767268800000, 1767268800000, '019b796dd6000005c15c0289ec2d0a9167ec8e65a18debbe', '{"deleted":"019b796dd6000007c15c0289ec2d0a9167ec8e65a18debbe"}', -5231769936891657806, 5220059049969582990, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (3, 'cyd', 2, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 2, 1767268800000, 1767268800000, '019b796dd6000008c15c0289ec2d0a9167ec8e65a18debbe', '{}', 7441517367159970126, 515162853815837721, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (4, 'dan', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 1, 1767268800000, 1767268800000, '019b796dd6000000ce56971cde355897421efc0b1046c8bf', '{}', -9043009702845140993, 4861627807508315867, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (5, 'imported', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, 'Novák', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 1, 1767268800000, 1767268800000, '019b796dd600000ec15c0289ec2d0a9167ec8e65a18debbe', '{}', 589285069816522243, -3523510959583036177, 0, 'Novák', NULL, 'novak', 'novak', NULL, NULL, NULL, 'novak');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (6, 'tom', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 6, 1767268800000, 1767268800000, '019b796dd600000f0a0ed6d4f9e00dc84e467d36fb8399ef', '{"note":"019b796dd60000120a0ed6d4f9e00dc84e467d36fb8399ef"}', -8810456366546770834, -1348220342778768409, 705, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (7, 'sue', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 1, 1767268800000, 1767268800000, '019b796dd6000013c15c0289ec2d0a9167ec8e65a18debbe', '{}', 9147655320105847700, -4431606012048581375, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into address (customer_key, id, removed, name, line1, line2, city, state, postal_code, country, latitude, longitude, note, ext, stamp, seal) values (1, 'home', 0, NULL, 'Main Street 1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', -7130885259848762418);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (1, '007', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', -3460178718257608562);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (1, '8', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, 'spare', NULL, '{}', '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', 4109495334041528242);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (2, '9', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000005c15c0289ec2d0a9167ec8e65a18debbe', 8314383903104174052);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (4, '007', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000000ce56971cde355897421efc0b1046c8bf', 6049992279312214320);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (6, 't1', 1, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000016c15c0289ec2d0a9167ec8e65a18debbe', 1881316452143740751);
insert into ban_note (id, customer_key, at, actor, text, ext, seal) values ('019b796d-d600-7002-9590-ff0b4dc3a53c', 1, 1767268800000, NULL, 'shouts', '{}', -9011152581786561888);
insert into location (key, id, state, name, type, external_id, parent_id, meta, created_at, changed_at, ext, stamp, stamps, seal) values (1, '019b796d-d600-7865-af73-371863e24687', 0, 'Corner shops', 'original_creditor', NULL, NULL, '{}', 1767268800000, 1767268800000, '{}', '019b796dd6000009c15c0289ec2d0a9167ec8e65a18debbe', '{}', 3633495373814906199);
insert into location (key, id, state, name, type, external_id, parent_id, meta, created_at, changed_at, ext, stamp, stamps, seal) values (2, '019b796d-d600-7c06-b33e-6310841f9fb9', 1, 'Gone', 'original_creditor', NULL, NULL, '{}', 1767268800000, 1767268800000, '{}', '019b796dd600000bc15c0289ec2d0a9167ec8e65a18debbe', '{"deleted":"019b796dd600000cc15c0289ec2d0a9167ec8e65a18debbe"}', 417615987405476402);
insert into location (key, id, state, name, type, external_id, parent_id, meta, created_at, changed_at, ext, stamp, stamps, seal) values (3, '019b796d-d600-7c44-aa5c-3c97d714cd8f', 0, 'Main Street', 'original_creditor', 'L-1', '019b796d-d600-7865-af73-371863e24687', '{}', 1767268800000, 1767268800000, '{}', '019b796dd600000ac15c0289ec2d0a9167ec8e65a18debbe', '{}', 215426998850992600);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (1, '019b796d-d600-7667-a174-8e5c43cb614f', 1, 'deposit', 1250, NULL, 1250, 1767268800000, 1250, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, 0, '{}', 7872818499989596174);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (2, '019b796d-d600-7aa2-9790-d641b387a857', 1, 'spend', -300, NULL, -300, 1767268800000, -300, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, 0, '{}', 7833426621513704603);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (3, '019b796d-d600-7e8b-8f14-4dd4fc9ac05d', 1, 'reversal', 0, '019b796d-d600-7667-a174-8e5c43cb614f', -1250, 1767268800000, 0, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, 0, '{}', -4207074325854908350);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (4, '019b796d-d600-7c12-be5b-6d40999b05f0', 6, 'deposit', 700, NULL, 700, 1767268800000, 700, X'0A0ED6D4F9E00DC84E467D36FB8399EF', NULL, NULL, NULL, NULL, NULL, 0, '{}', -2649651421861570935);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (5, '019b796d-d600-7689-83e0-2c0d8aef9321', 6, 'deposit', 5, NULL, 5, 1767268800000, 705, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, 0, '{}', 9140045202925961763);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('card', '007', 1, 1, NULL, 1582067231083105373);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('card', '007', 2, 4, NULL, -6245315720891835785);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('card', '8', 1, 1, NULL, 6163237387627862069);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('external_id', 'E-1', 1, 1, NULL, -6557034111588061943);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('location_external_id', 'L-1', 1, NULL, 3, -6907964921437277275);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('location_name', 'original_creditor
Corner shops', 1, NULL, 1, 8323462822199165761);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('location_name', 'original_creditor
Main Street', 1, NULL, 3, 4631013745462567789);
insert into conflict (id, kind, value, customer_id, location_id, owner_id, at, resolved_at, resolution, seal) values ('a2756a87a4a944ea24fc5f984fb0f3cf', 'card', '007', 'dan', NULL, 'ada', 1767268800000, NULL, NULL, 528711280724538810);
insert into import_row (batch, customer_key, version, seal) values ('019b796d-d600-7fc9-ab66-fb64a7129699', 5, 1, 2741188074871668937);
insert into key (id, name, rights, secret_hash, nws4_secret, kind, created_at, revoked_at, seal) values ('5c1cf0654e7ca6b7', 'till', '', X'CB31D4D4B890EF3A5D787CB2DD249D67EC5F34C39334714AEEAEA1A29D30C3A9', 'ea9382616a1284cce67d28e0fa90594ef5b993d4af8b991aa8060ef6c85f4b2c', 'nws4', 1767268800000, NULL, 1016336873266384045);
insert into key (id, name, rights, secret_hash, nws4_secret, kind, created_at, revoked_at, seal) values ('726b03a2b1a976e3', 'office', 'CustomerCreate sync', X'A8C85F6ECF2195E894D6CEBD9049DEB2377B466AC8BD941497079E1432F26282', NULL, 'bearer', 1767268800000, NULL, -504507961564453983);
insert into answer (key_id, idempotency_key, request, status, headers, body, at, seal) values ('726b03a2b1a976e3', 'k', X'17CDD259C015B27B9BC64231583E23109CA53E51CBECD40BC687352E1DD49F72', 201, '[["content-type","application/json"]]', X'7B7D', 1767268800000, -5228027940788617616);
insert into answer_customer (customer_id, key_id, idempotency_key, seal) values ('ada', '726b03a2b1a976e3', 'k', 5416351652359069418);
insert into base (kind, ref, hash, image, seal) values ('claim', 'card
t1', X'C753A4E18F745794B0AD7DE3AAC74720', '{"content":{"claimants":["tom"]}}', 4336510412693163763);
insert into base (kind, ref, hash, image, seal) values ('person', 'ada', X'51CFE813261E7EC4FE307E9DC4912310', '{"content":{"addresses":{"home":{"id":"home","line1":"Main Street 1"}},"ban_notes":{"019b796d-d600-7002-9590-ff0b4dc3a53c":{"at":1767268800000,"id":"019b796d-d600-7002-9590-ff0b4dc3a53c","text":"shouts"}},"cards":{"007":{"serial_number":"007"},"8":{"note":"spare","serial_number":"8"}},"fields":{"birth_date":"1980-02-29","company":{"name":"Ada & daughters"},"credit_line":1000,"email":"ada@example.org","external_id":"E-1","first_name":"Ľubomíra","last_name":"O''Neil","meta.size":1.10,"middle_name":"of Byron","note":"line one\nline two","phone":"0905 123 456","primary_address_id":"home"}},"stamps":{"addresses":{"home":"019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe"},"base":"019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe","cards":{"007":"019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe","8":"019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe"},"fields":{"middle_name":"019b796dd600000dc15c0289ec2d0a9167ec8e65a18debbe"}}}', -9112457131886828481);
insert into base (kind, ref, hash, image, seal) values ('person', 'sue', NULL, NULL, -7624015215556971634);
insert into base (kind, ref, hash, image, seal) values ('person', 'tom', X'2AB1FF5791C5C356CE294A78A92F1D99', '{"content":{"cards":{"t1":{"serial_number":"t1"}},"fields":{"note":"of the till"}},"stamps":{"base":"019b796dd600000f0a0ed6d4f9e00dc84e467d36fb8399ef","cards":{"t1":"019b796dd60000100a0ed6d4f9e00dc84e467d36fb8399ef"}}}', 2300869632395554020);
insert into base (kind, ref, hash, image, seal) values ('posting', '019b796d-d600-7689-83e0-2c0d8aef9321', NULL, NULL, -7220840440588039846);
insert into base (kind, ref, hash, image, seal) values ('times', 'ada', X'F19B382BC4684EF20EFC81A4B5C94AEA', '{"content":{"changed_at":1767268800000,"created_at":1767268800000}}', 3851884741493954617);
insert into base (kind, ref, hash, image, seal) values ('times', 'sue', NULL, NULL, -8866939399855565138);
insert into base (kind, ref, hash, image, seal) values ('times', 'tom', X'3E8A5B0EB21E0523FE191493FB964C59', '{"content":{"changed_at":1767268800000,"created_at":1767268800000}}', 5421744987018488325);
insert into feed (number, kind, ref, hash) values (2, 'person', 'bob', X'EF7AB53A0DEC0D0DB19643F9F27E1F95');
insert into feed (number, kind, ref, hash) values (3, 'person', 'cyd', X'2CB0578E6B128141C2FEB5D2DBBAEE5D');
insert into feed (number, kind, ref, hash) values (4, 'person', 'dan', X'56FB60273E5A4BD44892307F3DA54C3E');
insert into feed (number, kind, ref, hash) values (5, 'person', 'imported', X'EBC35309F1246696AEAFD8EED762BCB1');
insert into feed (number, kind, ref, hash) values (6, 'times', 'ada', X'F19B382BC4684EF20EFC81A4B5C94AEA');
insert into feed (number, kind, ref, hash) values (7, 'times', 'bob', X'31BBA7511EE0854E0FA6440DFD71B551');
insert into feed (number, kind, ref, hash) values (8, 'times', 'cyd', X'47CF350CC69095E37ED1919D42BABAE6');
insert into feed (number, kind, ref, hash) values (9, 'times', 'dan', X'250E81BE96BE89018865317BFF0DD3C3');
insert into feed (number, kind, ref, hash) values (10, 'times', 'imported', X'01088134B9C66189D05FBBA0C2383742');
insert into feed (number, kind, ref, hash) values (11, 'posting', '019b796d-d600-7667-a174-8e5c43cb614f', X'563C1F45032A7261812829E4D47184BB');
insert into feed (number, kind, ref, hash) values (12, 'posting', '019b796d-d600-7aa2-9790-d641b387a857', X'D81252030F53C7BE08BD8770077CC735');
insert into feed (number, kind, ref, hash) values (13, 'posting', '019b796d-d600-7e8b-8f14-4dd4fc9ac05d', X'06B99D0D6A40054415B90E4542FE89DE');
insert into feed (number, kind, ref, hash) values (14, 'location', '019b796d-d600-7865-af73-371863e24687', X'23994420C5CFB2FACA2CEAAE6D92CE1B');
insert into feed (number, kind, ref, hash) values (15, 'location', '019b796d-d600-7c06-b33e-6310841f9fb9', X'DE8F4C3A50DE5B2C2FE1AB6CC6363884');
insert into feed (number, kind, ref, hash) values (16, 'location', '019b796d-d600-7c44-aa5c-3c97d714cd8f', X'516B7C63C4CB518D4433827B4BE38D83');
insert into feed (number, kind, ref, hash) values (17, 'claim', 'card
007', X'D60C6758BC681AF414A83952B9C8F8B7');
insert into feed (number, kind, ref, hash) values (18, 'claim', 'card
8', X'4FDDD6C833B10C7FA43604C884961172');
insert into feed (number, kind, ref, hash) values (19, 'claim', 'external_id
E-1', X'14E79A7FA47DA05E81999EA35489F3C8');
insert into feed (number, kind, ref, hash) values (20, 'claim', 'location_external_id
L-1', X'8F7E64BA30541820B59912CBFA4121E1');
insert into feed (number, kind, ref, hash) values (21, 'claim', 'location_name
original_creditor
Corner shops', X'2A777C2D8C4ACB16AB52EA79968B7F12');
insert into feed (number, kind, ref, hash) values (22, 'claim', 'location_name
original_creditor
Main Street', X'479E24B9A8A5ABF7BADEB3E8E205277B');
insert into feed (number, kind, ref, hash) values (23, 'conflict', 'a2756a87a4a944ea24fc5f984fb0f3cf', X'EDBE184967F2C54FBD6735BA562F2C1D');
insert into feed (number, kind, ref, hash) values (25, 'times', 'tom', X'3E8A5B0EB21E0523FE191493FB964C59');
insert into feed (number, kind, ref, hash) values (28, 'posting', '019b796d-d600-7c12-be5b-6d40999b05f0', X'AC252876524BDBD43825032EEBD50D50');
insert into feed (number, kind, ref, hash) values (30, 'person', 'sue', X'51792915A88EF7CFA8E503AEED93002A');
insert into feed (number, kind, ref, hash) values (31, 'times', 'sue', X'EBE8A47ED547A5DE9AF66303470DAEE8');
insert into feed (number, kind, ref, hash) values (32, 'person', 'ada', X'6880AB5BEB2F903BC87D287FACD2E65F');
insert into feed (number, kind, ref, hash) values (33, 'posting', '019b796d-d600-7689-83e0-2c0d8aef9321', X'1CA75A24965F4DD2960D1EBE6866405D');
insert into feed (number, kind, ref, hash) values (34, 'person', 'tom', X'8A078DBC5366F8EFB9C1A51C15D16F20');
insert into feed (number, kind, ref, hash) values (35, 'claim', 'card
t1', NULL);
insert into feed_opening (first_number, incarnation) values (1, 1046394712501569526);
insert into digest (side, kind, sum, n_units) values (0, 'claim', X'3965DE41FADB560056438DEB06BCC561', 6);
insert into digest (side, kind, sum, n_units) values (0, 'conflict', X'EDBE184967F2C54FBD6735BA562F2C1D', 1);
insert into digest (side, kind, sum, n_units) values (0, 'location', X'52940DBED97960B43E4118977FAC9423', 3);
insert into digest (side, kind, sum, n_units) values (0, 'person', X'9FEB23278FA2C0B495FCD48393796E8D', 7);
insert into digest (side, kind, sum, n_units) values (0, 'posting', X'FCD491F06468670B6FD1E0857228247D', 5);
insert into digest (side, kind, sum, n_units) values (0, 'times', X'B8AF180980C5FFB08E49BD01FAE0BF6A', 7);
insert into digest (side, kind, sum, n_units) values (1, 'claim', X'00B982238A50AE9406F10ACFB1830D82', 7);
insert into digest (side, kind, sum, n_units) values (1, 'conflict', X'EDBE184967F2C54FBD6735BA562F2C1D', 1);
insert into digest (side, kind, sum, n_units) values (1, 'location', X'52940DBED97960B43E4118977FAC9423', 3);
insert into digest (side, kind, sum, n_units) values (1, 'person', X'D76AAA655F6182D43732CB4F5203588C', 6);
insert into digest (side, kind, sum, n_units) values (1, 'posting', X'E02D37CCCE081A39D8C3C2C709C2E31F', 4);
insert into digest (side, kind, sum, n_units) values (1, 'times', X'CDC6738AAA7D5AD2F35259FEB2D31182', 6);
insert into stage (kind, ref, image) values ('person', 'ria', '{"stamps":{"base":"019b796dd6000012c725e8b7950aca06bfd5fe2529ff4fea"}}');
insert into child (node, via, key_id, incarnation, first_at, seen_at, root_mark, cursor_number, n_named, is_shut) values (X'0A0ED6D4F9E00DC84E467D36FB8399EF', NULL, NULL, 706038809510614041, 1767268800000, 1767268800000, 33, 0, 0, 0);
insert into child_chain (node, incarnation_key, is_named) values (X'0A0ED6D4F9E00DC84E467D36FB8399EF', 4, 1);
insert into root_day (day, incarnation_key, seq, seal) values (20454, 1, 13, -1858495611931768420);
insert into root_day (day, incarnation_key, seq, seal) values (20454, 2, 1, 8614495812736319625);
insert into root_day (day, incarnation_key, seq, seal) values (20454, 3, 2, -9178714437310000700);
insert into root_day (day, incarnation_key, seq, seal) values (20454, 4, 3, 4890883667146977286);

CREATE INDEX operation_personal on operation (customer_key) where salt is not null;

CREATE INDEX customer_by_creation on customer (created_at, id) where state = 0;

CREATE INDEX customer_by_discount on customer (discount_rate, (standing in ('active', 'prospect')), state,
                            last_name_folded, last_name, created_at, id);

CREATE INDEX ban_note_by_customer on ban_note (customer_key, at);

CREATE INDEX location_by_creation on location (created_at, id) where state = 0;

CREATE INDEX location_by_parent on location (parent_id) where parent_id is not null;

CREATE INDEX credit_transaction_by_customer on credit_transaction (customer_key, position);

CREATE INDEX credit_transaction_by_time on credit_transaction (at);

CREATE INDEX credit_transaction_by_target on credit_transaction (target_id) where target_id is not null;

CREATE UNIQUE INDEX key_name on key (name) where revoked_at is null;

CREATE INDEX answer_by_time on answer (at);

CREATE INDEX answer_customer_by_answer on answer_customer (key_id, idempotency_key);

CREATE INDEX bulk_waiting on bulk (at) where done_at is null;

CREATE INDEX bulk_row_by_customer on bulk_row (customer_id) where customer_id is not null;

CREATE INDEX feed_gone on feed (number) where hash is null;

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

CREATE TRIGGER bulk_row_goes_with_the_erased after update of state on customer
when new.state = 2
begin
    delete from bulk_row where customer_id = new.id;
end;

pragma application_id = 1416195180;

pragma user_version = 3;

commit;
