// The sections of a sweep's page, in order.

build_page([findings_section, measures_section, numbers_section, repeat_sweep_section],
           [number('/sweep/runs'), ' runs of ', grouped(alternatives.length),
            alternatives.length === 1 ? ' alternative.' : ' alternatives.']);
