"""Pure array functions and every compiled kernel; they know no record, file or clock."""
