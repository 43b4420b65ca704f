# The lines whose status is 500 or more.
$9 >= 500
