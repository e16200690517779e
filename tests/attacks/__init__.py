"""The attack table: whatever may be done to a registry, its ledger or its papers, and who sees it.

Each row is one attack and one test, on a real registry, by the verbs anybody runs.
`test_table.py` sees to it that no row is without its test, and no test without its row.

| attack | test |
|---|---|
| rewritten entry | test_a_rewritten_entry |
| dropped constraint or table | test_tables_without_their_guards |
| truncation | test_a_log_that_was_cut |
| rolled-back database | test_a_database_of_yesterday |
| fork | test_two_logs_under_one_key |
| replayed approval: other release | test_an_approval_of_another_release |
| replayed approval: other environment | test_an_approval_for_another_environment |
| replayed approval: other policy | test_an_approval_under_another_policy |
| replayed approval: expired | test_an_approval_that_is_brought_back_after_its_key_expired |
| proof of another entry | test_the_proof_of_another_entry |
| leaf and node confused | test_a_node_in_place_of_an_entry |
| checkpoint without the log's signature | test_a_checkpoint_the_log_did_not_sign |
| duplicate signature lines | test_one_signature_twice |
| one key under two ids | test_one_key_for_two_people |
| small-order Ed25519 key | test_a_key_anybody_can_sign_for |
| certificate expired or not yet valid | test_a_certificate_out_of_its_time |
| key revoked before, and after | test_a_revoked_key |
| garbage second signature | test_garbage_beside_a_signature |
| payload type confused | test_another_kind_of_paper |
| encrypted key, wrong passphrase | test_a_wrong_passphrase |
| a byte of the ledger | test_a_byte_of_a_small_ledger |
| a byte of the checkpoint kept elsewhere | test_a_byte_of_a_kept_checkpoint |
| a byte of a pack | test_a_byte_of_the_frame_of_a_pack |
| a byte of a pack, index made anew | test_a_byte_of_a_paper_whose_index_was_made_anew |
| own approval | test_approving_what_one_asked_for |
| an owner's own approval | test_an_owner_approving_what_he_asked_for |
| the author's own approval | test_approving_what_one_signed |
| second account with the same key | test_a_second_account_with_the_same_key |
| approval before the outcome changed | test_approvals_from_before_the_outcome_changed |
| stale report | test_a_stale_report |
| evidence signed by the wrong role | test_a_report_signed_by_somebody_who_does_not_check |
| clock moved back | test_a_clock_that_was_moved_back |
| policy swapped between approval and promotion | test_a_policy_swapped_after_approvals |
| engine error | test_a_condition_that_breaks |
| misspelt field | test_a_misspelt_field |
| budget exceeded | test_a_condition_that_would_never_end |
| huge expression | test_a_huge_expression |
| build that uses up the machine | test_what_uses_up_the_machine_is_ended_and_said |
| build that reaches out of its box | test_what_reaches_out_finds_nothing_and_is_named |
| process a build leaves behind | test_what_is_left_running_writes_nothing_into_what_is_taken |
| output that is a link or a pipe | test_an_output_that_is_a_link_or_a_pipe_is_not_followed |
| build that speaks for its guard | test_a_build_that_speaks_for_its_guard_wins_no_other_output |
| workload that is not what was promoted | test_a_workload_that_is_not_what_was_promoted |
| ledger of yesterday at the door of a cluster | test_a_ledger_of_yesterday_at_the_door |

Of the constraints SQLite guards a ledger by, none is relied on: there is no trigger to drop, and a
table without its checks is refused. What is believed is what the log's key proves.
"""
