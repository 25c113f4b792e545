-- From schema version 1 to 2: a place among other nodes.

alter table node add column last_incarnation integer;
alter table node add column parent blob check (length(parent) = 16);
alter table node add column cursor text;
alter table node add column stage_cursor text;
alter table node add column stage_full integer not null default 0 check (stage_full in (0, 1));
alter table node add column stage_buckets blob check (length(stage_buckets) = 128);
alter table node add column root blob check (length(root) = 16);
alter table node add column root_epoch integer not null default 0;
alter table node add column root_mark integer not null default 0;
alter table node add column root_at integer not null default 0;
alter table node add column proved_at integer;
alter table node add column n_published integer not null default 0;
alter table node add column parent_pin blob check (length(parent_pin) = 32);
alter table node add column clock_offset_ms integer;
alter table node add column trouble text;
alter table node add column trouble_at integer;
alter table node add column version_floor integer not null default 0;
alter table node add column has_children integer not null default 0 check (has_children in (0, 1, 2));
alter table node add column feed_next integer not null default 1;
alter table node add column feed_forgotten integer not null default 0;
alter table node add column place_seal integer not null default 0;

update node
   set last_incarnation = (select number from incarnation
                            where incarnation.node = node.id and seq > 0 order by key desc limit 1);
update node set place_seal = seal(last_incarnation, parent, root, root_epoch, root_mark, root_at, version_floor);

alter table incarnation add column position integer not null default 0;
alter table incarnation add column included_seq integer not null default 0;
alter table incarnation add column parent_seq integer not null default 0;
alter table incarnation add column root_seq integer not null default 0;
alter table incarnation add column pruned_seq integer not null default 0;
alter table incarnation add column pruned_hash blob;
alter table incarnation add column refused text;

alter table operation add column position integer not null default 0;
alter table operation add column state integer not null default 0 check (state in (0, 1, 2));

-- In the order of their clocks, which no chain contradicts.
update operation
   set position = place.position
  from (select incarnation_key, seq, row_number() over (order by hlc, incarnation_key, seq) as position
          from operation) as place
 where place.incarnation_key = operation.incarnation_key and place.seq = operation.seq;

update incarnation
   set position = coalesce((select max(position) from operation where incarnation_key = key), 0);

alter table credit_transaction add column on_sight integer not null default 0 check (on_sight in (0, 1));

update node set replaying = 1;
update credit_transaction
   set seal = seal(id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node,
                   external_id, note, meta, actor, paid_minor, on_sight, ext)
 where seal is seal(id, customer_key, kind, amount_minor, target_id, effect_minor, at, balance_after_minor, node,
                    external_id, note, meta, actor, paid_minor, ext);
update node set replaying = 0;

create table conflict_2 (
    id                  text    primary key,
    kind                text    not null,
    value               text,
    customer_id         text,
    owner_id            text,
    at                  integer not null,
    resolved_at         integer,
    resolution          text    check (resolution in ('merged', 'released', 'kept')),
    seal                integer not null
) strict, without rowid;
insert into conflict_2 select id, kind, value, customer_id, owner_id, at, resolved_at, resolution, seal from conflict;
drop table conflict;
alter table conflict_2 rename to conflict;

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
    image               text,                                       -- null: gone
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
    is_shut             integer not null default 0 check (is_shut in (0, 1))
                                                                    -- 1: a person has shut it out
) strict, without rowid;

-- Whose chains a child vouches for.
create table child_chain (
    node                blob    not null check (length(node) = 16),
    incarnation_key     integer not null references incarnation (key),
    is_named            integer not null check (is_named in (0, 1)),  -- 1: it has named it in its last hello
    primary key (node, incarnation_key)
) strict, without rowid;

-- How far the root had a chain on each of its days, by its own calendar.
create table root_day (
    day                 integer not null,                           -- days since 1970 UTC
    incarnation_key     integer not null references incarnation (key),
    seq                 integer not null,
    seal                integer not null,
    primary key (incarnation_key, day)
) strict, without rowid;
