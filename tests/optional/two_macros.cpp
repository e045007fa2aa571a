// Compiles with either macro and with none, but not with both: check_variants.py has to say so.
#ifdef ONE
int number();
#endif
#ifdef TWO
long number();
#endif
