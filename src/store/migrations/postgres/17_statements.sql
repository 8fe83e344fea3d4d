-- Runs many statements in one round trip, each value written into its text with the server's own
-- quoting. It has no rights but its caller's.
CREATE FUNCTION jikimi_run(texts text[], before integer[], vals text[], kinds text[])
RETURNS bigint LANGUAGE plpgsql AS $run$
DECLARE
    filled text;
    touched bigint := 0;
    rows_of_one bigint;
BEGIN
    FOR i IN 1 .. cardinality(texts) LOOP
        SELECT string_agg(piece[1] || CASE
                   WHEN piece[2] IS NULL THEN ''
                   WHEN vals[before[i] + piece[2]::integer] IS NULL THEN 'NULL'
                   ELSE quote_literal(vals[before[i] + piece[2]::integer])
                        || '::' || kinds[before[i] + piece[2]::integer]
               END, '' ORDER BY nth)
        INTO filled
        FROM regexp_matches(texts[i], '([^$]*)(?:\$([0-9]+))?', 'g')
             WITH ORDINALITY AS found(piece, nth);
        EXECUTE filled;
        GET DIAGNOSTICS rows_of_one = ROW_COUNT;
        touched := touched + rows_of_one;
    END LOOP;
    RETURN touched;
END
$run$;
