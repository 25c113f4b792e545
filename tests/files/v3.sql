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

CREATE TABLE unit_ext (
    kind                text    not null,
    ref                 text    not null,
    image               text    not null,
    seal                integer not null,
    primary key (kind, ref)
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
    payload             text    not null,                           -- as it was sent
    errors              text,                                       -- JSON; null while it waits
    customer_id         text,                                       -- whom it tells of, where that is known
    seal                integer not null,
    primary key (bulk_id, position)
) strict;

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
    is_shut             integer not null default 0 check (is_shut in (0, 1)),
                                                                    -- 1: a person has shut it out
    named_by            blob    check (length(named_by) = 16),      -- the child that has named it in its last hello
    n_silent            integer not null default 0                  -- so many of our hellos were answered since it was
                                                                    -- heard of, counted to a few
) strict, without rowid;

CREATE TABLE child_chain (
    node                blob    not null check (length(node) = 16),
    author              blob    not null check (length(author) = 16),  -- the node that has written it
    incarnation_key     integer not null references incarnation (key),
    is_named            integer not null check (is_named in (0, 1)),  -- 1: it has named it in its last hello
    primary key (node, author, incarnation_key)
) strict, without rowid;

CREATE TABLE root_day (
    day                 integer not null,                           -- days since 1970 UTC
    incarnation_key     integer not null references incarnation (key),
    seq                 integer not null,
    seal                integer not null,
    primary key (incarnation_key, day)
) strict, without rowid;

insert into node (one, id, currency_label, currency_exponent, hlc, require_version, replaying, scrub_due, last_incarnation, parent, cursor, stage_cursor, stage_full, stage_buckets, root, root_epoch, root_mark, root_at, proved_at, n_published, parent_pin, clock_offset_ms, trouble, trouble_at, version_floor, has_children, feed_next, feed_forgotten, token_secret, place_seal, seal) values (1, X'C15C0289EC2D0A9167EC8E65A18DEBBE', 'EUR', 2, 115819728076800019, 0, 0, 0, 1046394712501569526, X'C725E8B7950ACA06BFD5FE2529FF4FEA', 'c725e8b7950aca06bfd5fe2529ff4fea.4842028753358906207.40', 'c725e8b7950aca06bfd5fe2529ff4fea.4842028753358906207.41', 0, NULL, X'C725E8B7950ACA06BFD5FE2529FF4FEA', 0, 40, 1767268800000, 1767268800000, 2, NULL, NULL, NULL, NULL, 0, 2, 37, 0, NULL, -5532810001328449669, -1790607491881278088);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc, position, included_seq, parent_seq, root_seq, pruned_seq, pruned_hash, refused) values (1, X'C15C0289EC2D0A9167EC8E65A18DEBBE', 8955919645141445295, NULL, NULL, NULL, 14, X'59DC5AA040511FEF7481ED5DC32EAB8B99AB3D0276FBA2DBE23E1149AF4B63D8', 115819728076800013, 15, 14, 14, 14, 0, NULL, NULL);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc, position, included_seq, parent_seq, root_seq, pruned_seq, pruned_hash, refused) values (2, X'CE56971CDE355897421EFC0B1046C8BF', 5493791624070637975, NULL, NULL, NULL, 1, X'9E859ECE63C6EEA079902D95B8B97999011129464C12C5A78D8141538E8AC733', 115819728076800000, 11, 1, 1, 1, 0, NULL, NULL);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc, position, included_seq, parent_seq, root_seq, pruned_seq, pruned_hash, refused) values (3, X'C15C0289EC2D0A9167EC8E65A18DEBBE', 1046394712501569526, 8955919645141445295, 14, X'59DC5AA040511FEF7481ED5DC32EAB8B99AB3D0276FBA2DBE23E1149AF4B63D8', 6, X'B7A8F6DCEC44409F711E06549E838C9A0F641C4624E232763A08BC41ACBFBEE4', 115819728076800023, 25, 2, 2, 2, 0, NULL, NULL);
insert into incarnation (key, node, number, follows_number, follows_seq, follows_hash, seq, hash, hlc, position, included_seq, parent_seq, root_seq, pruned_seq, pruned_hash, refused) values (4, X'0A0ED6D4F9E00DC84E467D36FB8399EF', 706038809510614041, NULL, NULL, NULL, 4, X'E4D0C2DE359F3E5B857B6E3B4519C76940BD1CF36D647B5D13BA2AD5BB295D93', 115819728076800019, 21, 3, 3, 3, 0, NULL, NULL);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 1, 1, 115819728076800000, 1, '[{"change":"create","customer":"ada","fields":{"credit_line":1000,"primary_address_id":"home"}},{"change":"address.set","customer":"ada","fields":{"id":"home"}},{"change":"card.set","customer":"ada"},{"change":"card.set","customer":"ada"}]', X'0BC942EE9086C171B9B501D1D854BB71', '[{"birth_date":"1980-02-29","company":{"name":"Ada & daughters"},"email":"ada@example.org","external_id":"E-1","first_name":"Ľubomíra","last_name":"O''Neil","meta.size":1.10,"note":"line one\nline two","phone":"0905 123 456"},{"line1":"Main Street 1"},{"serial_number":"007"},{"note":"spare","serial_number":"8"}]', X'7DF97B790449333DDF29B317327E22E61CEECA6275E74A0612D695F9FF8C1A75', X'CFB5765388A67DDEEA1C15C7E0F732384AC423B044A927B021E97D14B772F7C2', 1, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 2, 1, 115819728076800001, 1, '[{"change":"ban_note","customer":"ada","fields":{"at":1767268800000,"id":"019b796d-d600-7002-9590-ff0b4dc3a53c"}}]', X'758527120FBBE785A83D7E35DE181749', '[{"text":"shouts"}]', X'20129F894756B1D6BAAD8889288E44E04CC2B3AA78A7D4160F668FACFEC9A42B', X'2A197F18AE46F31268471E50E05AFDE847272F93FF814F9DC447126EAA88AA9A', 2, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 3, 1, 115819728076800002, 1, '[{"change":"debt_account.set","customer":"ada","fields":{"id":"019b796d-d600-7667-a174-8e5c43cb614f"}}]', X'FE8BCF144DD4FC9AC05DAA4B8ACF7674', '[{"account_number":"17","balance":9900,"created_at":1767268800000,"current_balance":9900,"external_id":"D-1"}]', X'8795DFB827BA0798DF215DEBB524C462F57273B30495C2EF4366840FC6A98105', X'EF9F6AAB44765FFD46D5B7268716489F533F644629FB63ECED774B0418157C62', 3, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 4, 1, 115819728076800003, NULL, '[{"change":"credit","customer":"ada","fields":{"amount":1250,"at":1767268800000,"balance_after":1250,"id":"019b796d-d600-7aa2-9790-d641b387a857","kind":"deposit"}}]', NULL, NULL, NULL, X'30997294765427C72AD86184FDEA86D229527D5C189C5D3A7F282B97ECC4FF1B', 4, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 5, 1, 115819728076800004, NULL, '[{"change":"credit","customer":"ada","fields":{"amount":0,"at":1767268800000,"balance_after":0,"id":"019b796d-d600-7b4a-b9a5-17cec22a630b","kind":"reversal","target":"019b796d-d600-7aa2-9790-d641b387a857"}}]', NULL, NULL, NULL, X'E0A472B8BBC9736D7BD949DB466B0BD4D79B8059D28B5D95EEA2F0E4ECB7C884', 5, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 6, 1, 115819728076800005, NULL, '[{"change":"credit","customer":"ada","fields":{"amount":-300,"at":1767268800000,"balance_after":-300,"id":"019b796d-d600-71aa-ab57-dad0bad0ee89","kind":"spend"}}]', NULL, NULL, NULL, X'629DA288E166A2FD5B1083CEFFA576FCC7412964CF23BC32A0D530D06BEF1691', 6, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 7, 1, 115819728076800006, 2, '[{"change":"create","customer":"bob"},{"change":"card.set","customer":"bob"}]', X'0865EF73371863E24687E96568C4E210', '[null,{"serial_number":"9"}]', X'E9DE064806370F22A79A22D9A5E0D746DF638B6C2327F07F3059C49FCB1364BB', X'51C9C4DE714F67CD45C2CFB641AF502CF965EF12D6F2E13EEA51D627F75D417F', 7, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 8, 1, 115819728076800007, 3, '[{"change":"create","customer":"cyd"},{"change":"card.set","customer":"cyd"}]', NULL, NULL, X'2DAFF2608E4AE17E0F745C2D66525F17A0E5593A2CCAC6B06B9C5873D3BE64A6', X'93B7464A506CDDB4B832A309B0131292036C248BFE6DE376B67EAE60D88C9DD8', 8, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 9, 1, 115819728076800008, NULL, '[{"change":"delete","customer":"bob"}]', NULL, NULL, NULL, X'8771A6894A02F21436E04BAF02602C11B3111D342F37B648BBDCF0B4238331F4', 9, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 10, 1, 115819728076800009, NULL, '[{"change":"erase","customer":"cyd"}]', NULL, NULL, NULL, X'FBAE45755D8ACF347AF18A200263C6107C6D4AA8E90796D49DFBE53192F61F06', 10, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 11, 1, 115819728076800010, NULL, '[{"change":"location.set","fields":{"name":"Corner shops"},"location":"019b796d-d600-7c06-b33e-6310841f9fb9"}]', NULL, NULL, NULL, X'001FB66F4F32A64DA5B9F7AFBB924B105C00878F5FD93BBFE278ED49DA4C245A', 12, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 12, 1, 115819728076800011, NULL, '[{"change":"location.set","fields":{"external_id":"L-1","name":"Main Street","parent_id":"019b796d-d600-7c06-b33e-6310841f9fb9"},"location":"019b796d-d600-77b6-b7c1-7d40430c3571"}]', NULL, NULL, NULL, X'59FB5B6357DFA194CF279BDF2E477F7C2E4414C3113B6E753C160DFA36DF23FB', 13, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 13, 1, 115819728076800012, NULL, '[{"change":"location.set","fields":{"name":"Gone"},"location":"019b796d-d600-7bf7-ad0d-efaeb9b627cd"}]', NULL, NULL, NULL, X'090F11C631A7A5F4C0132293D3FDD2385C935BA8474191AA0745337F6ABA6D69', 14, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (1, 14, 1, 115819728076800013, NULL, '[{"change":"location.remove","location":"019b796d-d600-7bf7-ad0d-efaeb9b627cd"}]', NULL, NULL, NULL, X'59DC5AA040511FEF7481ED5DC32EAB8B99AB3D0276FBA2DBE23E1149AF4B63D8', 15, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (2, 1, 1, 115819728076800000, 4, '[{"change":"create","customer":"dan"},{"change":"card.set","customer":"dan"}]', X'64F6E7FF7A82F2C329FB173FB546C44F', '[null,{"serial_number":"007"}]', X'C0B977D8C865ABD0C74D79DA3D1EF3EF227D1916159ADA377EBACBB21B36303D', X'9E859ECE63C6EEA079902D95B8B97999011129464C12C5A78D8141538E8AC733', 11, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 1, 1, 115819728076800014, 1, '[{"change":"set","customer":"ada"}]', X'89A9817B8A6F46B301DD50D0A6E8EB9C', '[{"middle_name":"of Byron"}]', X'3AE8E0D04DB15C86173F3EA28F7DB9D857E9526C9B43AC6177239E2B95BAF95A', X'4E12815D8BC88B734627D97F225FA24926271A7F5933A6B93463A941856BE888', 16, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 2, 1, 115819728076800015, 5, '[{"change":"create","customer":"imported"}]', X'169285DC210D83E37AEE49C8E044B67D', '[{"last_name":"Novák"}]', X'8FC20BE40CBF5B93AB52872582CF6068EA392DB994DAD72971E1486C13B66280', X'C9DDB472BE5D23472CD5DF93E979F10D67AA487C9EE8A29FFBB240BA74667144', 17, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 3, 1, 115819728076800020, NULL, '[{"change":"create","customer":"sue"}]', NULL, NULL, NULL, X'B608EEC7FCAFB7A9478B4577D17B3E39B93CFDD9BDAECF49C5F8C71BB3DC5818', 22, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 4, 1, 115819728076800021, 1, '[{"change":"set","customer":"ada"}]', X'2DCFC2E81EB98696321B25F4D5D8C5D1', '[{"last_name":"Late"}]', X'9FCCC794B26FCEBDA75738DB84C995315C821293C0FEF31EABA0799A12182592', X'E0E82BCE6317EC8D5163534FDF18FE61997DA2F03BCC8D184787CECC63D67041', 23, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 5, 1, 115819728076800022, NULL, '[{"change":"credit","customer":"tom","fields":{"amount":5,"at":1767268800000,"balance_after":705,"id":"019b796d-d600-7689-83e0-2c0d8aef9321","kind":"deposit"}}]', NULL, NULL, NULL, X'34AE970CB296D87ABED37004DFAC26A6B6759D464245F7C1A65BCF89AA79453C', 24, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (3, 6, 1, 115819728076800023, 6, '[{"change":"card.remove","customer":"tom"}]', X'D1074534B32FEC3094BF600E63EA579F', '[{"serial_number":"t1"}]', X'938FD54AEA313821A70664AE8A597C294EBEBE978F89CCFAD40E228289137804', X'B7A8F6DCEC44409F711E06549E838C9A0F641C4624E232763A08BC41ACBFBEE4', 25, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (4, 1, 1, 115819728076800016, 6, '[{"change":"create","customer":"tom"}]', X'42EAA5E6FF4925AC56390EB22D8725D5', '[{"note":"of the till"}]', X'AD4C3C4644280DE865AC91A274769F711D3F60E1C1866AC076A71E7ECFEB7FA1', X'5F6C7D5E9538FE068E4DA6A78568E4E1E103C8357A1C14A2E5376093DC85C136', 18, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (4, 2, 1, 115819728076800017, 6, '[{"change":"card.set","customer":"tom"}]', X'ECF84CFE97CA8EC93CA4994EA6DA8A48', '[{"serial_number":"t1"}]', X'EEE7108DCD6CC8B1E223257B333BBCE97AB692E8B739C262609EEA5DE51A9499', X'B5F7527A92AAD082CCF42E96DAD216DA8F41712558360938167D5D39551F3602', 19, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (4, 3, 1, 115819728076800018, NULL, '[{"change":"credit","customer":"tom","fields":{"amount":700,"at":1767268800000,"balance_after":700,"id":"019b796d-d600-7c12-be5b-6d40999b05f0","kind":"deposit"}}]', NULL, NULL, NULL, X'1BA1406718FA647A938172B5547B2884059FEEFEB4E286896D6452960204E030', 20, 0);
insert into operation (incarnation_key, seq, schema, hlc, customer_key, facts, salt, personal, personal_hash, hash, position, state) values (4, 4, 1, 115819728076800019, 6, '[{"change":"set","customer":"tom"}]', X'44BF80C209E72EFFA7579AE75B6F1264', '[{"note":null}]', X'14C06394985C04D16E4302F7EE1E54448E8C2BCC9F81562E4B6BD9AEB0AEF428', X'E4D0C2DE359F3E5B857B6E3B4519C76940BD1CF36D647B5D13BA2AD5BB295D93', 21, 0);
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (1, 'ada', 0, 'E-1', 'active', 'allowed', NULL, NULL, 'Ľubomíra', 'of Byron', 'Late', NULL, NULL, '1980-02-29', 'ada@example.org', '0905 123 456', NULL, NULL, 0, 'Ada & daughters', NULL, NULL, NULL, 'home', NULL, 0, 0, 1000, 'line one
line two', '{"size":1.10}', '{}', 8, 1767268800000, 1767268800000, '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', '{"last_name":"019b796dd6000015c15c0289ec2d0a9167ec8e65a18debbe","middle_name":"019b796dd600000ec15c0289ec2d0a9167ec8e65a18debbe"}', 5266084394063848889, 686703135868765291, -300, 'Ľubomíra Late', 'lubomira', 'late', 'lubomira late', 'ada & daughters', 'ada@example.org', '0905123456', 'lubomira
late
ada & daughters
line one line two');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (2, 'bob', 1, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 2, 1767268800000, 1767268800000, '019b796dd6000006c15c0289ec2d0a9167ec8e65a18debbe', '{"deleted":"019b796dd6000008c15c0289ec2d0a9167ec8e65a18debbe"}', 8759432369942539575, 5220059049969582990, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (3, 'cyd', 2, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 2, 1767268800000, 1767268800000, '019b796dd6000009c15c0289ec2d0a9167ec8e65a18debbe', '{}', 430397829291429920, 515162853815837721, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (4, 'dan', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 1, 1767268800000, 1767268800000, '019b796dd6000000ce56971cde355897421efc0b1046c8bf', '{}', -9043009702845140993, 4861627807508315867, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (5, 'imported', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, 'Novák', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 1, 1767268800000, 1767268800000, '019b796dd600000fc15c0289ec2d0a9167ec8e65a18debbe', '{}', -151378386024486799, -3523510959583036177, 0, 'Novák', NULL, 'novak', 'novak', NULL, NULL, NULL, 'novak');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (6, 'tom', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 6, 1767268800000, 1767268800000, '019b796dd60000100a0ed6d4f9e00dc84e467d36fb8399ef', '{"note":"019b796dd60000130a0ed6d4f9e00dc84e467d36fb8399ef"}', -1205501470602974249, -1348220342778768409, 705, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into customer (key, id, state, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate, credit_line, note, meta, ext, version, created_at, changed_at, stamp, stamps, seal, touch_seal, credit_minor, display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded, phone_digits, search_text) values (7, 'sue', 0, NULL, 'active', 'allowed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, '{}', '{}', 1, 1767268800000, 1767268800000, '019b796dd6000014c15c0289ec2d0a9167ec8e65a18debbe', '{}', -2525651839413957961, -4431606012048581375, 0, '', NULL, NULL, '', NULL, NULL, NULL, '');
insert into address (customer_key, id, removed, name, line1, line2, city, state, postal_code, country, latitude, longitude, note, ext, stamp, seal) values (1, 'home', 0, NULL, 'Main Street 1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', -7130885259848762418);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (1, '007', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', -3460178718257608562);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (1, '8', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, 'spare', NULL, '{}', '019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe', 4109495334041528242);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (2, '9', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000006c15c0289ec2d0a9167ec8e65a18debbe', 2531763821486856644);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (4, '007', 0, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000000ce56971cde355897421efc0b1046c8bf', 6049992279312214320);
insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp, seal) values (6, 't1', 1, NULL, 1, 0, 'P', 'valid', NULL, NULL, NULL, NULL, NULL, NULL, '{}', '019b796dd6000017c15c0289ec2d0a9167ec8e65a18debbe', -1700377060803298167);
insert into ban_note (id, customer_key, at, actor, text, ext, seal) values ('019b796d-d600-7002-9590-ff0b4dc3a53c', 1, 1767268800000, NULL, 'shouts', '{}', -9011152581786561888);
insert into debt_account (customer_key, id, removed, external_id, parent_id, location_id, account_number, billing_types, balance_minor, current_balance_minor, meta, created_at, ext, stamp, seal) values (1, '019b796d-d600-7667-a174-8e5c43cb614f', 0, 'D-1', NULL, NULL, '17', '[]', 9900, 9900, NULL, 1767268800000, '{}', '019b796dd6000002c15c0289ec2d0a9167ec8e65a18debbe', 1846226100414487320);
insert into location (key, id, state, name, type, external_id, parent_id, meta, created_at, changed_at, ext, stamp, stamps, seal) values (1, '019b796d-d600-77b6-b7c1-7d40430c3571', 0, 'Main Street', 'original_creditor', 'L-1', '019b796d-d600-7c06-b33e-6310841f9fb9', '{}', 1767268800000, 1767268800000, '{}', '019b796dd600000bc15c0289ec2d0a9167ec8e65a18debbe', '{}', 9053391646580040384);
insert into location (key, id, state, name, type, external_id, parent_id, meta, created_at, changed_at, ext, stamp, stamps, seal) values (2, '019b796d-d600-7bf7-ad0d-efaeb9b627cd', 1, 'Gone', 'original_creditor', NULL, NULL, '{}', 1767268800000, 1767268800000, '{}', '019b796dd600000cc15c0289ec2d0a9167ec8e65a18debbe', '{"deleted":"019b796dd600000dc15c0289ec2d0a9167ec8e65a18debbe"}', -3897877892460120407);
insert into location (key, id, state, name, type, external_id, parent_id, meta, created_at, changed_at, ext, stamp, stamps, seal) values (3, '019b796d-d600-7c06-b33e-6310841f9fb9', 0, 'Corner shops', 'original_creditor', NULL, NULL, '{}', 1767268800000, 1767268800000, '{}', '019b796dd600000ac15c0289ec2d0a9167ec8e65a18debbe', '{}', -3193979187711322085);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (1, '019b796d-d600-71aa-ab57-dad0bad0ee89', 1, 'spend', -300, NULL, -300, 1767268800000, -300, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, 0, '{}', -6550376176414329263);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (2, '019b796d-d600-7aa2-9790-d641b387a857', 1, 'deposit', 1250, NULL, 1250, 1767268800000, 1250, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, 0, '{}', 4708775502984234232);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (3, '019b796d-d600-7b4a-b9a5-17cec22a630b', 1, 'reversal', 0, '019b796d-d600-7aa2-9790-d641b387a857', -1250, 1767268800000, 0, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, 0, '{}', 4229377326917912628);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (4, '019b796d-d600-7c12-be5b-6d40999b05f0', 6, 'deposit', 700, NULL, 700, 1767268800000, 700, X'0A0ED6D4F9E00DC84E467D36FB8399EF', NULL, NULL, NULL, NULL, NULL, 0, '{}', -2649651421861570935);
insert into credit_transaction (position, id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node, external_id, note, meta, actor, paid_minor, on_sight, ext, seal) values (5, '019b796d-d600-7689-83e0-2c0d8aef9321', 6, 'deposit', 5, NULL, 5, 1767268800000, 705, X'C15C0289EC2D0A9167EC8E65A18DEBBE', NULL, NULL, NULL, NULL, NULL, 0, '{}', 9140045202925961763);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('card', '007', 1, 1, NULL, 1582067231083105373);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('card', '007', 2, 4, NULL, -6245315720891835785);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('card', '8', 1, 1, NULL, 6163237387627862069);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('debt_account', 'D-1', 1, 1, NULL, 7787309635805230827);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('external_id', 'E-1', 1, 1, NULL, -6557034111588061943);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('location_external_id', 'L-1', 1, NULL, 1, -3066045496600254494);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('location_name', 'original_creditor
Corner shops', 1, NULL, 3, 1012574661734018148);
insert into claim (kind, value, position, customer_key, location_key, seal) values ('location_name', 'original_creditor
Main Street', 1, NULL, 1, -7722660803994221122);
insert into conflict (id, kind, value, customer_id, location_id, owner_id, at, resolved_at, resolution, seal) values ('a2756a87a4a944ea24fc5f984fb0f3cf', 'card', '007', 'dan', NULL, 'ada', 1767268800000, NULL, NULL, 528711280724538810);
insert into import_row (batch, customer_key, version, seal) values ('019b796d-d600-7fc9-ab66-fb64a7129699', 5, 1, 2741188074871668937);
insert into key (id, name, rights, secret_hash, nws4_secret, kind, created_at, revoked_at, seal) values ('5c1cf0654e7ca6b7', 'till', '', X'CB31D4D4B890EF3A5D787CB2DD249D67EC5F34C39334714AEEAEA1A29D30C3A9', 'ea9382616a1284cce67d28e0fa90594ef5b993d4af8b991aa8060ef6c85f4b2c', 'nws4', 1767268800000, NULL, 1016336873266384045);
insert into key (id, name, rights, secret_hash, nws4_secret, kind, created_at, revoked_at, seal) values ('726b03a2b1a976e3', 'office', 'CustomerCreate sync', X'A8C85F6ECF2195E894D6CEBD9049DEB2377B466AC8BD941497079E1432F26282', NULL, 'bearer', 1767268800000, NULL, -504507961564453983);
insert into answer (key_id, idempotency_key, request, status, headers, body, at, seal) values ('726b03a2b1a976e3', 'k', X'17CDD259C015B27B9BC64231583E23109CA53E51CBECD40BC687352E1DD49F72', 201, '[["content-type","application/json"]]', X'7B7D', 1767268800000, -5228027940788617616);
insert into answer_customer (customer_id, key_id, idempotency_key, seal) values ('ada', '726b03a2b1a976e3', 'k', 5416351652359069418);
insert into bulk (id, key_id, at, n_rows, done_at, seal) values ('019b796d-d600-7a77-8919-e8676cff84d0', NULL, 1767268800000, 1, 1767268800000, 1050672174883691336);
insert into bulk (id, key_id, at, n_rows, done_at, seal) values ('019b796d-d600-7a89-87c9-67192b966d2c', NULL, 1767268800000, 1, NULL, 1563579572812861397);
insert into bulk_row (bulk_id, position, payload, errors, customer_id, seal) values ('019b796d-d600-7a77-8919-e8676cff84d0', 1, '{}', '{}', 'ada', -5941745838989126800);
insert into bulk_row (bulk_id, position, payload, errors, customer_id, seal) values ('019b796d-d600-7a89-87c9-67192b966d2c', 1, '[]', NULL, NULL, -2093542086205586286);
insert into base (kind, ref, hash, image, seal) values ('claim', 'card
t1', X'C753A4E18F745794B0AD7DE3AAC74720', '{"content":{"claimants":["tom"]}}', 4336510412693163763);
insert into base (kind, ref, hash, image, seal) values ('person', 'ada', X'10FAE69538DD765641BC23F796460E6C', '{"content":{"addresses":{"home":{"id":"home","line1":"Main Street 1"}},"ban_notes":{"019b796d-d600-7002-9590-ff0b4dc3a53c":{"at":1767268800000,"id":"019b796d-d600-7002-9590-ff0b4dc3a53c","text":"shouts"}},"cards":{"007":{"serial_number":"007"},"8":{"note":"spare","serial_number":"8"}},"debt_accounts":{"019b796d-d600-7667-a174-8e5c43cb614f":{"account_number":"17","balance":9900,"created_at":1767268800000,"current_balance":9900,"external_id":"D-1","id":"019b796d-d600-7667-a174-8e5c43cb614f"}},"fields":{"birth_date":"1980-02-29","company":{"name":"Ada & daughters"},"credit_line":1000,"email":"ada@example.org","external_id":"E-1","first_name":"Ľubomíra","last_name":"O''Neil","meta.size":1.10,"middle_name":"of Byron","note":"line one\nline two","phone":"0905 123 456","primary_address_id":"home"}},"stamps":{"addresses":{"home":"019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe"},"base":"019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe","cards":{"007":"019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe","8":"019b796dd6000000c15c0289ec2d0a9167ec8e65a18debbe"},"debt_accounts":{"019b796d-d600-7667-a174-8e5c43cb614f":"019b796dd6000002c15c0289ec2d0a9167ec8e65a18debbe"},"fields":{"middle_name":"019b796dd600000ec15c0289ec2d0a9167ec8e65a18debbe"}}}', -154315114859956958);
insert into base (kind, ref, hash, image, seal) values ('person', 'sue', NULL, NULL, -7624015215556971634);
insert into base (kind, ref, hash, image, seal) values ('person', 'tom', X'2AB1FF5791C5C356CE294A78A92F1D99', '{"content":{"cards":{"t1":{"serial_number":"t1"}},"fields":{"note":"of the till"}},"stamps":{"base":"019b796dd60000100a0ed6d4f9e00dc84e467d36fb8399ef","cards":{"t1":"019b796dd60000110a0ed6d4f9e00dc84e467d36fb8399ef"}}}', -4725870368140742901);
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
insert into feed (number, kind, ref, hash) values (11, 'posting', '019b796d-d600-71aa-ab57-dad0bad0ee89', X'829B4884414E5EFFACCAD4AEF40DFD39');
insert into feed (number, kind, ref, hash) values (12, 'posting', '019b796d-d600-7aa2-9790-d641b387a857', X'649C65FE254DAD2C3E22B818F108BD84');
insert into feed (number, kind, ref, hash) values (13, 'posting', '019b796d-d600-7b4a-b9a5-17cec22a630b', X'889AEA079BE92F463026A66E115B3739');
insert into feed (number, kind, ref, hash) values (14, 'location', '019b796d-d600-77b6-b7c1-7d40430c3571', X'CB7E501F6CB045A64C15AB0C6E809539');
insert into feed (number, kind, ref, hash) values (15, 'location', '019b796d-d600-7bf7-ad0d-efaeb9b627cd', X'34C4DC2132CCF2E7B7B6734D0DF74BC8');
insert into feed (number, kind, ref, hash) values (16, 'location', '019b796d-d600-7c06-b33e-6310841f9fb9', X'85010CF16F24FC6C3A3B4EA7CECEB029');
insert into feed (number, kind, ref, hash) values (17, 'claim', 'card
007', X'D60C6758BC681AF414A83952B9C8F8B7');
insert into feed (number, kind, ref, hash) values (18, 'claim', 'card
8', X'4FDDD6C833B10C7FA43604C884961172');
insert into feed (number, kind, ref, hash) values (19, 'claim', 'debt_account
D-1', X'79313DD96FCDEEF8EAD44D5A3B28D48E');
insert into feed (number, kind, ref, hash) values (20, 'claim', 'external_id
E-1', X'14E79A7FA47DA05E81999EA35489F3C8');
insert into feed (number, kind, ref, hash) values (21, 'claim', 'location_external_id
L-1', X'0A6020DBC2EE7EFAA0239F7F012842CF');
insert into feed (number, kind, ref, hash) values (22, 'claim', 'location_name
original_creditor
Corner shops', X'88C2B4CB5810C0D91ADD2A1780EC87F5');
insert into feed (number, kind, ref, hash) values (23, 'claim', 'location_name
original_creditor
Main Street', X'CBBD95DC46000649651C117DC559FEDA');
insert into feed (number, kind, ref, hash) values (24, 'conflict', 'a2756a87a4a944ea24fc5f984fb0f3cf', X'EDBE184967F2C54FBD6735BA562F2C1D');
insert into feed (number, kind, ref, hash) values (26, 'times', 'tom', X'3E8A5B0EB21E0523FE191493FB964C59');
insert into feed (number, kind, ref, hash) values (29, 'posting', '019b796d-d600-7c12-be5b-6d40999b05f0', X'AC252876524BDBD43825032EEBD50D50');
insert into feed (number, kind, ref, hash) values (31, 'person', 'sue', X'51792915A88EF7CFA8E503AEED93002A');
insert into feed (number, kind, ref, hash) values (32, 'times', 'sue', X'EBE8A47ED547A5DE9AF66303470DAEE8');
insert into feed (number, kind, ref, hash) values (33, 'person', 'ada', X'86C878AC311D4BB612FE69BE8F8F549E');
insert into feed (number, kind, ref, hash) values (34, 'posting', '019b796d-d600-7689-83e0-2c0d8aef9321', X'1CA75A24965F4DD2960D1EBE6866405D');
insert into feed (number, kind, ref, hash) values (35, 'person', 'tom', X'8A078DBC5366F8EFB9C1A51C15D16F20');
insert into feed (number, kind, ref, hash) values (36, 'claim', 'card
t1', NULL);
insert into feed_opening (first_number, incarnation) values (1, 1046394712501569526);
insert into digest (side, kind, sum, n_units) values (0, 'claim', X'0FE380FD6664FBE7466A052C157F9A21', 7);
insert into digest (side, kind, sum, n_units) values (0, 'conflict', X'EDBE184967F2C54FBD6735BA562F2C1D', 1);
insert into digest (side, kind, sum, n_units) values (0, 'location', X'844439320EA134FB3E076D014A46922B', 3);
insert into digest (side, kind, sum, n_units) values (0, 'person', X'BD33F177D58F7B2FE07C16C37636DCCB', 7);
insert into digest (side, kind, sum, n_units) values (0, 'posting', X'369F1B25EB2F6419EB4554224BAE3FA5', 5);
insert into digest (side, kind, sum, n_units) values (0, 'times', X'B8AF180980C5FFB08E49BD01FAE0BF6A', 7);
insert into digest (side, kind, sum, n_units) values (1, 'claim', X'D63625DFF6D8527CF717830FC046E241', 8);
insert into digest (side, kind, sum, n_units) values (1, 'conflict', X'EDBE184967F2C54FBD6735BA562F2C1D', 1);
insert into digest (side, kind, sum, n_units) values (1, 'location', X'844439320EA134FB3E076D014A46922B', 3);
insert into digest (side, kind, sum, n_units) values (1, 'person', X'9695A8E771207B667ABD70A924B842E8', 6);
insert into digest (side, kind, sum, n_units) values (1, 'posting', X'1AF8C00055D0164754383664E247FF47', 4);
insert into digest (side, kind, sum, n_units) values (1, 'times', X'CDC6738AAA7D5AD2F35259FEB2D31182', 6);
insert into stage (kind, ref, image) values ('person', 'ria', '{"stamps":{"base":"019b796dd6000013c725e8b7950aca06bfd5fe2529ff4fea"}}');
insert into child (node, via, key_id, incarnation, first_at, seen_at, root_mark, cursor_number, n_named, is_shut) values (X'0A0ED6D4F9E00DC84E467D36FB8399EF', NULL, NULL, 706038809510614041, 1767268800000, 1767268800000, 35, 0, 0, 0);
insert into child_chain (node, author, incarnation_key, is_named) values (X'0A0ED6D4F9E00DC84E467D36FB8399EF', X'0A0ED6D4F9E00DC84E467D36FB8399EF', 4, 1);
insert into root_day (day, incarnation_key, seq, seal) values (20454, 1, 14, -3321374822782253771);
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

CREATE INDEX credit_transaction_by_customer on credit_transaction (customer_key, position, effect_minor);

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

CREATE INDEX incarnation_by_position on incarnation (position);

CREATE INDEX incarnation_by_node on incarnation (node, key);

CREATE INDEX incarnation_empty on incarnation (key) where seq = 0;

CREATE INDEX child_chain_by_incarnation on child_chain (incarnation_key);

CREATE INDEX child_chain_named on child_chain (node) where is_named = 1;

pragma application_id = 1416195180;

pragma user_version = 3;

commit;
