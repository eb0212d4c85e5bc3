import { preparePostgres } from './postgres';

export default preparePostgres;
