-- A Tillbook file, schema version 3.
--
-- Times are milliseconds since 1970 UTC, money is minor units of the file's one currency, rates are
-- millionths. Texts compare byte for byte. A `stamp` is 48 hex digits: hybrid logical clock and
-- node; the greater one wins. A `seal` is a hash of the row's other columns, by which a check finds
-- flipped bits.
--
-- Shared with every node:  customer, address, card, ban_note, debt_account, credit_transaction, location, claim,
--                          conflict, unit_ext.
-- This file's own:         node, incarnation, operation, import_row, key, answer, answer_customer, bulk, bulk_row,
--                          base, feed, feed_opening, digest, stage, child, child_chain, root_day.
--
-- What travels to other nodes are units: `person` (a customer with addresses, cards, ban notes and debt
-- accounts), `times` (when it was created and changed), `posting` (a credit transaction), `location`,
-- `claim` (everybody who uses one value) and `conflict`. A unit is named by its kind and an id, called
-- `ref` here.

-- The file itself: exactly one row.
create table node (
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

-- One opening of one file for writing, here or on another node. Kept for ever.
create table incarnation (
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

-- Finds the last place in the order of arrival.
create index incarnation_by_position on incarnation (position);
create index incarnation_by_node on incarnation (node, key);

-- Every opening of every file is a chain and stays for ever. Those of which nothing is here are few. No index
-- finds those that are not through everywhere, for it would change with every sale.
create index incarnation_empty on incarnation (key) where seq = 0;

-- What happened, in the order of its authors. `hash` chains every operation to the one before.
create table operation (
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

-- Finds what an erase must empty.
create index operation_personal on operation (customer_key) where salt is not null;

-- A customer: one row for ever, even when deleted or erased.
create table customer (
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

-- The default order of lists.
create index customer_by_creation on customer (created_at, id) where state = 0;

-- Customers of one discount by last name: a page of them, and how many they are. The expression is
-- the column `is_active` of queries, letter for letter. `state` is a column of it and no condition:
-- a partial index would tempt the planner to walk it for lists that have nothing to do with discounts.
create index customer_by_discount on customer (discount_rate, (standing in ('active', 'prospect')), state,
                            last_name_folded, last_name, created_at, id);

-- Addresses of a customer; which is primary or for delivery stands in the customer.
create table address (
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

-- Cards, clustered by customer. The claim row is the serial's index.
create table card (
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

-- Why a customer was suspended or banned: a log that only grows, emptied by erase.
create table ban_note (
    id                  text    primary key,
    customer_key        integer not null references customer (key),
    at                  integer not null,
    actor               text,
    text                text    not null,
    ext                 text    not null default '{}',
    seal                integer not null
) strict, without rowid;

create index ban_note_by_customer on ban_note (customer_key, at);

-- What a customer owes on account, clustered by customer: amounts that outside systems tell, no part of
-- the ledger.
create table debt_account (
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

-- Where customers' accounts come from: a tree. A parent is written as it was sent; what counts of it is
-- decided when it is read.
create table location (
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

create index location_by_creation on location (created_at, id) where state = 0;
create index location_by_parent on location (parent_id) where parent_id is not null;

-- The ledger: facts that are added and never changed. The balance is the sum of the effects.
create table credit_transaction (
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

-- With the effect, so that a balance is added up from the index alone, however long the customer's ledger.
create index credit_transaction_by_customer on credit_transaction (customer_key, position, effect_minor);
create index credit_transaction_by_time on credit_transaction (at);
create index credit_transaction_by_target on credit_transaction (target_id) where target_id is not null;

create trigger credit_transaction_is_final_1 before update on credit_transaction
when (select replaying from node) = 0
begin select raise(abort, 'a credit transaction is never changed'); end;

create trigger credit_transaction_is_final_2 before delete on credit_transaction
when (select replaying from node) = 0
begin select raise(abort, 'a credit transaction is never deleted'); end;

-- `insert or replace` deletes without asking the trigger above.
create trigger credit_transaction_is_final_3 before insert on credit_transaction
when exists (select 1 from credit_transaction where id = new.id or position = new.position)
 and (select replaying from node) = 0
begin select raise(abort, 'a credit transaction is never replaced'); end;

-- Who uses a value that must be unique: a customer, or a location. The claim with the least position
-- owns it.
create table claim (
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

-- Trouble that needs a person. `id` follows from the content, so that every node has the same one.
create table conflict (
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

-- What newer versions say of a unit beyond what this one knows, carried on unread: an image as JSON.
create table unit_ext (
    kind                text    not null,
    ref                 text    not null,
    image               text    not null,
    seal                integer not null,
    primary key (kind, ref)
) strict, without rowid;

-- Which customers an import made here, so that it can be undone here.
create table import_row (
    batch               text    not null,
    customer_key        integer not null references customer (key),
    version             integer not null,                           -- the customer's when the import was done with it
    seal                integer not null,
    primary key (batch, customer_key)
) strict, without rowid;

-- Who may come in by the doors. Kept for ever: a key's name stands in the ledger as an actor.
create table key (
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

-- Two keys in use never have the same name.
create unique index key_name on key (name) where revoked_at is null;

-- What was answered under an idempotency key, so that a retry hears it again. Forgotten after days.
create table answer (
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

create index answer_by_time on answer (at);

-- Whom an answer tells of: with an erased customer goes what was said about them.
create table answer_customer (
    customer_id         text    not null,
    key_id              text    not null,
    idempotency_key     text    not null,
    seal                integer not null,
    primary key (customer_id, key_id, idempotency_key),
    foreign key (key_id, idempotency_key) references answer (key_id, idempotency_key) on delete cascade
) strict, without rowid;

create index answer_customer_by_answer on answer_customer (key_id, idempotency_key);

create trigger answer_goes_with_the_erased after update of state on customer
when new.state = 2
begin
    delete from answer
     where (key_id, idempotency_key) in (select key_id, idempotency_key
                                           from answer_customer
                                          where customer_id = new.id);
end;

-- What came as a bulk of rows, each of which is applied once in a transaction of its own.
create table bulk (
    id                  text    primary key,
    key_id              text    references key (id),                -- who sent it; null: an import
    at                  integer not null,
    n_rows              integer not null,
    done_at             integer,                                    -- null: some rows wait
    seal                integer not null
) strict, without rowid;

create index bulk_waiting on bulk (at) where done_at is null;

-- Those that wait, and those that something is wrong with; the others go when they are done. With rowids,
-- so that no long text lies in the way of whoever looks for another row.
create table bulk_row (
    bulk_id             text    not null references bulk (id) on delete cascade,
    position            integer not null,                           -- from 1
    payload             text    not null,                           -- as it was sent
    errors              text,                                       -- JSON; null while it waits
    customer_id         text,                                       -- whom it tells of, where that is known
    seal                integer not null,
    primary key (bulk_id, position)
) strict;

create index bulk_row_by_customer on bulk_row (customer_id) where customer_id is not null;

create trigger bulk_row_goes_with_the_erased after update of state on customer
when new.state = 2
begin
    delete from bulk_row where customer_id = new.id;
end;

-- Of every unit that pending operations have touched: the parent's version, to be put back.
create table base (
    kind                text    not null,
    ref                 text    not null,
    hash                blob    check (length(hash) = 16),          -- null: the parent has no such unit
    image               text,                                       -- JSON; null with a hash: an erase here took the words
    seal                integer not null,
    primary key (kind, ref)
) strict, without rowid;

-- The latest change of every unit, in the order of the commits: what children read.
create table feed (
    number              integer primary key,
    kind                text    not null,
    ref                 text    not null,
    hash                blob    check (length(hash) = 16),          -- of the unit as it is; null: it is gone
    unique (kind, ref)
) strict;

-- What is gone is forgotten once every child has read it.
create index feed_gone on feed (number) where hash is null;

-- Which opening of this file has given out which numbers of the feed: a number that another one has
-- given out is of a file that was restored since.
create table feed_opening (
    first_number        integer primary key,
    incarnation         integer not null
) strict;

-- Sums of the hashes of all units, by kind: what two nodes compare.
create table digest (
    side                integer not null check (side in (0, 1)),    -- 0 what this node shows, 1 its copy of the parent's
    kind                text    not null,
    sum                 blob    not null check (length(sum) = 16),
    n_units             integer not null,
    primary key (side, kind)
) strict, without rowid;

-- What came from the parent and waits for the rest, to be shown all at once.
create table stage (
    kind                text    not null,
    ref                 text    not null,
    image               text,                                       -- null: gone; empty: as it is here
    primary key (kind, ref)
) strict, without rowid;

-- The nodes below this one.
create table child (
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

-- Whose chains a child vouches for.
create table child_chain (
    node                blob    not null check (length(node) = 16),
    author              blob    not null check (length(author) = 16),  -- the node that has written it
    incarnation_key     integer not null references incarnation (key),
    is_named            integer not null check (is_named in (0, 1)),  -- 1: it has named it in its last hello
    primary key (node, author, incarnation_key)
) strict, without rowid;

create index child_chain_by_incarnation on child_chain (incarnation_key);
create index child_chain_named on child_chain (node) where is_named = 1;

-- How far the root had a chain on each of its days, by its own calendar.
create table root_day (
    day                 integer not null,                           -- days since 1970 UTC
    incarnation_key     integer not null references incarnation (key),
    seq                 integer not null,
    seal                integer not null,
    primary key (incarnation_key, day)
) strict, without rowid;
