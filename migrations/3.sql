-- From schema version 2 to 3: debt accounts, locations, bulk imports, page tokens.

alter table node add column token_secret blob check (length(token_secret) = 32);

alter table child add column named_by blob check (length(named_by) = 16);
alter table child add column n_silent integer not null default 0;

drop index credit_transaction_by_customer;
create index credit_transaction_by_customer on credit_transaction (customer_key, position, effect_minor);

create index incarnation_by_position on incarnation (position);
create index incarnation_by_node on incarnation (node, key);
create index incarnation_empty on incarnation (key) where seq = 0;

create table child_chain_3 (
    node                blob    not null check (length(node) = 16),
    author              blob    not null check (length(author) = 16),
    incarnation_key     integer not null references incarnation (key),
    is_named            integer not null check (is_named in (0, 1)),
    primary key (node, author, incarnation_key)
) strict, without rowid;
insert into child_chain_3
select c.node, i.node, c.incarnation_key, c.is_named
  from child_chain c join incarnation i on i.key = c.incarnation_key;
drop table child_chain;
alter table child_chain_3 rename to child_chain;
create index child_chain_by_incarnation on child_chain (incarnation_key);
create index child_chain_named on child_chain (node) where is_named = 1;

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

create table claim_3 (
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
insert into claim_3 select kind, value, position, customer_key, null, seal from claim;
update claim_3
   set seal = seal(kind, value, position, customer_key, null)
 where seal is seal(kind, value, position, customer_key);
drop table claim;
alter table claim_3 rename to claim;

create table conflict_3 (
    id                  text    primary key,
    kind                text    not null,
    value               text,
    customer_id         text,
    location_id         text,
    owner_id            text,
    at                  integer not null,
    resolved_at         integer,
    resolution          text    check (resolution in ('merged', 'released', 'kept')),
    seal                integer not null
) strict, without rowid;
insert into conflict_3
select id, kind, value, customer_id, null, owner_id, at, resolved_at, resolution, seal from conflict;
update conflict_3
   set seal = seal(id, kind, value, customer_id, null, owner_id, at, resolved_at, resolution)
 where seal is seal(id, kind, value, customer_id, owner_id, at, resolved_at, resolution);
drop table conflict;
alter table conflict_3 rename to conflict;

-- What newer versions say of a unit beyond what this one knows, carried on unread: an image as JSON.
create table unit_ext (
    kind                text    not null,
    ref                 text    not null,
    image               text    not null,
    seal                integer not null,
    primary key (kind, ref)
) strict, without rowid;

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
