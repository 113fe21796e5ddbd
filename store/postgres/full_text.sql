-- Full text without PostgreSQL's dictionaries: our own stems as tsvector, found and ranked as FTS5 does.
-- Queries come from store/postgres/tsquery.py.  -- decisions 260 to 262

-- How many rows an index has, and how many words all of them: what BM25 takes for the length of most texts.
CREATE TABLE main.index_totals (
    name text COLLATE "C" PRIMARY KEY,
    texts bigint NOT NULL,
    words bigint NOT NULL
);

CREATE TYPE main.ranked_phrase AS (counted tsquery, within tsquery, idf double precision);
CREATE TYPE main.ranking AS (
    phrases main.ranked_phrase[],
    weights real[],               -- of the labels D, C, B, A, at most 1
    heaviest double precision,    -- what all of them are divided by
    average double precision      -- words of a text
);

-- The stems of some columns, blanks between them, as one tsvector: a word of the first column is A and its stem. A word
-- counts by its first 500 characters, a bar is none; behind word 16,383, and the 256th time, its place is lost.
CREATE FUNCTION main.index_words(columns text[], OUT words tsvector, OUT length bigint)
LANGUAGE plpgsql IMMUTABLE AS $$  -- whose plan is kept, as that of an SQL function is not
DECLARE
    -- A tsvector has a megabyte: where all would not fit, each column's beginning is found.
    most integer := CASE WHEN octet_length(array_to_string(columns, ' ')) > 500000 THEN 60000 ELSE 500000 END;
    literal text := '';
    stems text[];
    number integer;
BEGIN
    length := 0;
    -- The shortest first, so that a long text loses places of its own.
    FOR number IN SELECT position FROM generate_subscripts(columns, 1) AS position ORDER BY length(columns[position]) LOOP
        stems := array_remove(string_to_array(left(columns[number], most), ' '), '');
        literal := concat_ws(' ', literal, (
            SELECT string_agg(
                '''' || label || replace(replace(left(stem, 500), '\', '\\'), '''', '''''') || ''':'
                    || length + after || label, ' '
            )
            FROM substr('ABCD', number, 1) AS label, unnest(stems) WITH ORDINALITY AS one (stem, after)
            WHERE stem <> '|'
        ));
        length := length + coalesce(cardinality(stems), 0);
    END LOOP;
    words := literal::tsvector;  -- decision 263
END
$$;

CREATE FUNCTION main.index_query(expression text) RETURNS tsquery LANGUAGE sql IMMUTABLE AS $$
    SELECT (expression::json ->> 'query')::tsquery
$$;

-- What ranks the rows of a query, made once for all of them. weights: of the columns, in their order.
CREATE FUNCTION main.ranking_of(index_name text, expression text, column_weights double precision[])
RETURNS main.ranking LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
    phrase json;
    hits bigint;
    texts bigint;
    made main.ranking;
BEGIN
    SELECT totals.texts, totals.words::double precision / nullif(totals.texts, 0) INTO texts, made.average
    FROM main.index_totals AS totals WHERE name = index_name;
    SELECT max(weight) INTO made.heaviest FROM unnest(column_weights) AS weight;
    SELECT array_agg(coalesce(column_weights[label], 0) / made.heaviest ORDER BY label DESC) INTO made.weights
    FROM generate_series(1, 4) AS label;
    FOR phrase IN SELECT value FROM json_array_elements(expression::json -> 'phrases') LOOP
        hits := 0;
        IF json_array_length(expression::json -> 'phrases') > 1 THEN  -- one alone ranks the same, however rare it is
            EXECUTE format('SELECT count(*) FROM main.%I WHERE words @@ $1', index_name)
            INTO hits USING (phrase ->> 0)::tsquery;
        END IF;
        made.phrases := made.phrases || ROW(
            phrase ->> 1, phrase ->> 2, greatest(ln((texts - hits + 0.5::double precision) / (hits + 0.5)), 1e-6)
        )::main.ranked_phrase;
    END LOOP;
    RETURN made;
END
$$;

-- FTS5's bm25(), the lowest is best. ts_rank_cd, of a phrase, is the sum of the weights of its places.
CREATE FUNCTION main.bm25(words tsvector, length bigint, ranking main.ranking)
RETURNS double precision LANGUAGE plpgsql STABLE AS $$
DECLARE
    phrase main.ranked_phrase;
    score double precision := 0;
    often double precision;
    long double precision := 1.2 * (1 - 0.75 + 0.75 * length / ranking.average);
BEGIN
    FOREACH phrase IN ARRAY ranking.phrases LOOP
        IF phrase.within IS NULL OR words @@ phrase.within THEN
            often := ts_rank_cd(ranking.weights, words, phrase.counted) * ranking.heaviest;
            score := score + phrase.idf * (often * (1.2 + 1) / (often + long));
        END IF;
    END LOOP;
    RETURN -score;
END
$$;

CREATE FUNCTION main.count_index() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO main.index_totals AS totals (name, texts, words)
    SELECT TG_TABLE_NAME, changed.sign * count(*), changed.sign * coalesce(sum(length), 0)
    FROM changed_texts, (SELECT CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS sign) AS changed GROUP BY changed.sign
    ON CONFLICT (name) DO UPDATE
    SET texts = totals.texts + excluded.texts, words = totals.words + excluded.words;
    RETURN NULL;
END
$$;

-- An index as FTS5 has one: stems are inserted by column, and functions of its name find and rank rows.
CREATE PROCEDURE main.make_index(name text, columns text[]) LANGUAGE plpgsql AS $make$
BEGIN
    EXECUTE format(
        $$
        CREATE TABLE main.%1$I (
            rowid bigint PRIMARY KEY,
            %2$s,  -- stems as they come, and null once they are in words
            words tsvector NOT NULL,
            length bigint NOT NULL
        );
        ALTER TABLE main.%1$I ALTER words SET STATISTICS 500;  -- or rare words are taken for common, and looked for row by row
        CREATE INDEX %3$I ON main.%1$I USING gin (words) WITH (fastupdate = off);

        CREATE FUNCTION main.%4$I() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            SELECT made.words, made.length INTO NEW.words, NEW.length FROM main.index_words(ARRAY[%5$s]) AS made;
            %6$s;
            RETURN NEW;
        END
        $body$;
        CREATE TRIGGER words BEFORE INSERT ON main.%1$I FOR EACH ROW EXECUTE FUNCTION main.%4$I();
        CREATE TRIGGER inserted AFTER INSERT ON main.%1$I REFERENCING NEW TABLE AS changed_texts
            FOR EACH STATEMENT EXECUTE FUNCTION main.count_index();
        CREATE TRIGGER deleted AFTER DELETE ON main.%1$I REFERENCING OLD TABLE AS changed_texts
            FOR EACH STATEMENT EXECUTE FUNCTION main.count_index();

        CREATE FUNCTION main.%1$I(expression text) RETURNS TABLE (rowid bigint) LANGUAGE sql STABLE AS $body$
            SELECT found.rowid FROM main.%1$I AS found WHERE found.words @@ main.index_query(expression)
        $body$;
        CREATE FUNCTION main.%1$I(expression text, weights double precision[])
        RETURNS TABLE (rowid bigint, rank double precision) LANGUAGE sql STABLE AS $body$
            SELECT found.rowid,
                main.bm25(found.words, found.length, (SELECT main.ranking_of(%1$L, expression, weights)))
            FROM main.%1$I AS found WHERE found.words @@ main.index_query(expression)
        $body$;
        $$,
        name,
        (SELECT string_agg(format('%I text', one), ', ') FROM unnest(columns) AS one),
        name || '_words',
        name || '_made',
        (SELECT string_agg(format('NEW.%I', one), ', ') FROM unnest(columns) AS one),
        (SELECT string_agg(format('NEW.%I := NULL', one), '; ') FROM unnest(columns) AS one)
    );
END
$make$;

CALL main.make_index('papers_fts', ARRAY['title', 'abstract', 'authors']);
CALL main.make_index('editions_fts', ARRAY['title', 'question', 'text', 'papers']);
DROP PROCEDURE main.make_index;
