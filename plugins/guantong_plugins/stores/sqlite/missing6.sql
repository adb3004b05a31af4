-- What a file of version 6 may lack, for a reader that must not alter it. Which blobs are needed is asked by who may sweep
-- them alone, and that is who upgrades the file first.
CREATE TEMP VIEW blob_ref AS SELECT '' AS blob, 0 AS message WHERE 0;
